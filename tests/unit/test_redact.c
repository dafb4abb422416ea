// SPDX-License-Identifier: GPL-2.0-only
/*
 * In these lines "|" stands for the NUL between arguments, and what is to be hidden has "hunter" in
 * it: whatever is left of that is a leak.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/redact.h"
#include "lib/array.h"

/* Returns the arguments without secrets, "|" between; to be freed. */
static char *redact(const char *line, const char *names)
{
	struct strbuf out = { 0 };
	size_t bytes = strlen(line);
	char *argv = malloc(bytes + 1); /* so that a sanitizer sees a byte too far */

	assert_non_null(argv);
	for (size_t i = 0; i <= bytes; i++)
		argv[i] = line[i] == '|' ? '\0' : line[i];
	redact_argv(&out, argv, bytes, names);
	free(argv);
	for (size_t i = 0; i < out.len; i++)
		if (!out.data[i])
			out.data[i] = '|';
	return out.data ?: calloc(1, 1);
}

static void check_line(const char *line, const char *names, const char *expected)
{
	char *got = redact(line, names);

	assert_string_equal(got, expected);
	free(got);
}

static const char *const secret_lines[] = {
	/* options */
	"app|--password|hunter2",
	"app|--password=hunter2",
	"app|--password=hunter two hunter",
	"app|-password|hunter2",
	"app|--Password:hunter2",
	"app|--passwd|hunter2|-v",
	"app|--pass|hunter2",
	"app|-pass|hunter2",
	"app|--db-pass=hunter2",
	"app|--db_password=hunter2",
	"app|--admin-pwd|hunter2",
	"plink|-pw|hunter2|host",
	"app|--passphrase|hunter2",
	"gpg|--batch|--passphrase=hunter2|-d|f",
	"app|--token|hunter2",
	"app|--auth-token=hunter2",
	"app|--access_token|hunter2",
	"app|--api-key|hunter2",
	"app|--apikey=hunter2",
	"app|--client-secret|hunter2",
	"app|--secret|hunter2",
	"app|--secret-access-key=hunter2",
	"app|--private-key=hunter2",
	"app|--credentials|hunter:hunter",
	"app|--auth|hunter:hunter",
	"app|--cookie|sid=hunter2",
	"app|--http-proxy-password|hunter2",
	"app|--psk=hunter2",
	"app|--pin|hunter2",
	"app|--password|-hunter2",
	"app|--token|--secret|hunter2",
	"app|--password|hunter2|--token|hunter3",
	"app|--connection-string=Server=x;Pwd=hunter2",
	/* variables */
	"env|PGPASSWORD=hunter2|psql",
	"env|MYSQL_PWD=hunter2|mysql",
	"env|DB_PASS=hunter two|app",
	"env|AWS_SECRET_ACCESS_KEY=hunter2|aws",
	"env|GITHUB_TOKEN=hunter2|gh",
	"env|REDISCLI_AUTH=x|SECRET=hunter2|app",
	"docker|run|-e|POSTGRES_PASSWORD=hunter2|postgres",
	"docker|run|--env=TOKEN=hunter2|app",
	"make|API_KEY=hunter2",
	/* scripts */
	"sh|-c|mysql -u root -phunter2 db",
	"sh|-c|PASSWORD=hunter2 app",
	"sh|-c|export TOKEN='hunter two'; app",
	"bash|-lc|app --password hunter2 | tee log",
	"sh|-c|app --password=\"hunter two\" x",
	"sh|-c|app --password hun\\ter\\ hunter x",
	"sh|-c|echo x && curl -u joe:hunter2 http://h",
	"sh|-c|sshpass -p hunter2 ssh h",
	"sh|-c|sshpass -p 'hunter two' ssh h",
	"su|-|joe|-c|PGPASSWORD=hunter2 psql",
	"sudo|sh|-c|curl -H 'Authorization: Bearer hunter2' http://h",
	"sh|-c|curl -H \"X-Api-Key: hunter2\" http://h",
	"sh|-c|wget --header='Cookie: a=hunter; b=hunter' http://h",
	"mysqld --user=x --init-password=hunter2 --port=1",
	"app: worker --token hunter2",
	/* headers */
	"curl|-H|Authorization: Bearer hunter2|http://h",
	"curl|-H|Authorization: Basic aHunter hunter|http://h",
	"curl|-HAuthorization: Bearer hunter2|http://h",
	"curl|--header=Authorization: Bearer hunter2|http://h",
	"curl|-H|authorization:hunter2|http://h",
	"curl|-H|Proxy-Authorization: Basic hunter|http://h",
	"curl|-H|X-Auth-Token: hunter2|http://h",
	"curl|-H|PRIVATE-TOKEN: hunter2|http://h",
	"curl|-H|X-Vault-Token: hunter2|http://h",
	"curl|-H|Cookie: session=hunter2; x=hunter|http://h",
	"app|--header|Bearer hunter2",
	"http|GET|h|Authorization:Bearer hunter2",
	/* URLs */
	"git|clone|https://joe:hunter2@h/r.git",
	"git|clone|https://joe:hunter@hunter@h/r.git",
	"psql|postgresql://joe:hunter2@h:5432/db",
	"app|--redis=redis://:hunter2@h:6379/0",
	"app|amqp://guest:hunter2@h//",
	"app|mongodb+srv://joe:hunter2@h/?retry=true",
	"curl|https://h/x?token=hunter2&y=1",
	"curl|https://h/x?a=1&api_key=hunter2",
	"curl|https://h/x?sv=1&sig=hunter2",
	"app|joe:hunter2@tcp(h:3306)/db",
	"curl|-x|http://joe:hunter2@proxy:8080|http://h",
	"sh|-c|curl https://joe:hunter2@h/ >/dev/null",
	/* lists and documents */
	"mount|-t|cifs|-o|user=joe,password=hunter2,ro|//h/s|/m",
	"psql|host=h user=joe password=hunter2 dbname=d",
	"psql|host=h password='hunter two' dbname=d",
	"app|Server=h;Uid=joe;Pwd=hunter2;",
	"app|{\"user\":\"joe\",\"password\":\"hunter2\"}",
	"app|{\"password\": \"hunter two\", \"x\": 1}",
	"sh|-c|curl -d \"{\\\"token\\\":\\\"hunter2\\\"}\" http://h",
	"curl|-d|user=joe&password=hunter2|http://h",
	"app|password: hunter2",
	"kubectl|create|secret|generic|s|--from-literal=password=hunter2",
	"vault|kv|put|secret/x|password=hunter2",
	"helm|install|--set|db.password=hunter2,x=1|c",
	"java|-Djavax.net.ssl.keyStorePassword=hunter2|-jar|a.jar",
	"openssl|rsa|-passin|pass:hunter2",
	"openssl|enc|-k|x|-pass|pass:hunter2",
	/* programs with letters of their own */
	"mysql|-uroot|-phunter2|db",
	"mysqldump|-u|root|-phunter2",
	"mariadb-dump|-phunter2",
	"/usr/bin/mysql|-phunter2",
	"timeout|5|mysql|-phunter2",
	"sshpass|-p|hunter2|ssh|h",
	"sshpass|-phunter2|ssh|h",
	"curl|-u|joe:hunter2|http://h",
	"curl|-ujoe:hunter2|http://h",
	"curl|-su|joe:hunter2|http://h",
	"curl|--user|joe:hunter2|http://h",
	"curl|--user=joe:hunter2|http://h",
	"curl|--proxy-user|joe:hunter2|http://h",
	"redis-cli|-a|hunter2|ping",
	"redis-cli|AUTH|hunter2",
	"redis-cli|CONFIG|SET|requirepass|hunter2",
	"ldapsearch|-x|-D|cn=a|-w|hunter2",
	"smbclient|-U|joe%hunter2|//h/s",
	"docker|login|-u|joe|-p|hunter2|h",
	"mongosh|-u|joe|-p|hunter2",
	"7z|x|-phunter2|a.7z",
	"unzip|-P|hunter2|a.zip",
	"mosquitto_pub|-u|joe|-P|hunter2",
	"ipmitool|-U|a|-P|hunter2|power|off",
	"snmpget|-v3|-A|hunter2|-X|hunter3|h",
	"nmcli|dev|wifi|connect|s|password|hunter2",
	"lftp|-u|joe,hunter2|h",
	"aws|configure|set|aws_secret_access_key|hunter2",
	/* tokens that say what they are */
	"gh|auth|ghp_hunter0123456789abcdef",
	"git|clone|https://ghp_hunter0123456789@h/r",
	"app|glpat-hunter0123456789",
	"app|xoxb-hunter-0123456789",
	"app|eyJhunter.eyJhunter.abc-_",
	"app|AKIAhunter0123456789",
	"vault|login|hvs.hunter0123456789",
};

static void test_no_leak(void **state)
{
	size_t leaks = 0;

	(void)state;
	assert_true(ARRAY_SIZE(secret_lines) >= 100);
	for (size_t i = 0; i < ARRAY_SIZE(secret_lines); i++) {
		char *got = redact(secret_lines[i], NULL);

		if (strstr(got, "hunter") || !strstr(got, REDACTED)) {
			print_message("leak: %s\n  of: %s\n", got, secret_lines[i]);
			leaks++;
		}
		free(got);
	}
	assert_int_equal(leaks, 0);
}

/* What is evidence, and no secret. */
static const char *const plain_lines[] = {
	"kill|-9|4021",
	"sh|xdkill.sh|812",
	"sh|-c|kill -TERM $(cat /run/nginx.pid); sleep 1",
	"bash|-c|while :; do sleep .1; done",
	"/usr/sbin/sshd|-D",
	"nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
	"python3|-X|faulthandler|app.py|--port=80|--host|db1",
	"docker|run|-p|80:80|-u|1000:1000|nginx",
	"docker|pull|repo:tag@sha256:0123",
	"env|PWD=/root|OLDPWD=/|HOME=/root|app",
	"app|--password-file|/run/secrets/db|--token-path=/x",
	"app|--password-file=/run/x|--key=/etc/ssl/key.pem",
	"curl|-u|joe|https://h:8443/x?y=1#z",
	"mysql|-uroot|-hpg1|-P3306|db",
	"mysql|-p|db",
	"ssh|-p|2222|joe@h",
	"git|clone|git@github.com:o/r.git",
	"rsync|-a|joe@h:/x|/y",
	"pkill|-u|joe|-f|app: worker",
	"systemd|--switched-root|--system|--deserialize=31",
	"make|-j2|CFLAGS=-O2 -g",
	"llm|--max-tokens=100",
	"",
	"|",
	"app||x",
};

static void test_rest_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain_lines); i++)
		check_line(plain_lines[i], NULL, plain_lines[i]);
}

/* No more than the value. */
static void test_only_value(void **state)
{
	(void)state;
	check_line("mysql|-uroot|-ps|db", NULL, "mysql|-uroot|-p***|db");
	check_line("sh|-c|PASSWORD=x kill 1; kill 2", NULL, "sh|-c|PASSWORD=*** kill 1; kill 2");
	check_line("sh|-c|a --password=x; kill 2", NULL, "sh|-c|a --password=***; kill 2");
	check_line("curl|-u|joe:x|http://h", NULL, "curl|-u|joe:***|http://h");
	check_line("curl|http://h/?token=x&y=1", NULL, "curl|http://h/?token=***&y=1");
	check_line("mount|-o|user=j,password=x,ro", NULL, "mount|-o|user=j,password=***,ro");
	check_line("git|clone|https://j:x@h/r", NULL, "git|clone|https://j:***@h/r");
	check_line("sh|-c|curl -H 'X-Api-Key: x y' h; kill 2", NULL,
		   "sh|-c|curl -H 'X-Api-Key: ***' h; kill 2");
	check_line("a|{\"password\":\"x y\",\"pid\":1}", NULL, "a|{\"password\":***,\"pid\":1}");
	check_line("app --token x kill 1", NULL, "app --token *** kill 1");
	check_line("app|--password=", NULL, "app|--password=");
	check_line("app|--password", NULL, "app|--password");
}

static void test_more_names(void **state)
{
	(void)state;
	check_line("a|--db-key|x|FOO=y|z", NULL, "a|--db-key|x|FOO=y|z");
	check_line("a|--db-key|x|FOO=y|z", "foo,db_key", "a|--db-key|***|FOO=***|z");
	check_line("a|--password-file|x", "password-file", "a|--password-file|***");
	check_line("a|--b|x", ",,", "a|--b|x");
}

/* Bytes of any kind, and each line cut at each byte: none is read behind the end. */
static void test_cut(void **state)
{
	char line[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(secret_lines); i++) {
		size_t bytes = strlen(secret_lines[i]);

		for (size_t n = 0; n <= bytes; n++) {
			memcpy(line, secret_lines[i], n);
			line[n] = '\0';
			free(redact(line, NULL));
		}
	}
	free(redact("\xff\x80=\\|--\xf0=|\\\"|'|--token|\"", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_leak),	   cmocka_unit_test(test_rest_stays),
		cmocka_unit_test(test_only_value), cmocka_unit_test(test_more_names),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
