// SPDX-License-Identifier: GPL-2.0-only
#include "format/redact.h"

#include <ctype.h>
#include <string.h>

#include "lib/array.h"

/* A name in lower case, without its dashes, underscores and dots; of a long one, the end. */
struct plain_name {
	char text[64];
	size_t bytes;
};

static bool redact_is_separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

static struct plain_name redact_plain(const char *name, size_t bytes)
{
	struct plain_name plain = { .bytes = 0 };
	size_t start = bytes > sizeof(plain.text) ? bytes - sizeof(plain.text) : 0;

	for (size_t i = start; i < bytes; i++)
		if (!redact_is_separator(name[i]))
			plain.text[plain.bytes++] = (char)tolower((unsigned char)name[i]);
	return plain;
}

static bool redact_contains(const struct plain_name *name, const char *part, size_t bytes)
{
	return bytes && memmem(name->text, name->bytes, part, bytes);
}

static bool redact_ends_with(const struct plain_name *name, const char *end)
{
	size_t bytes = strlen(end);

	return name->bytes >= bytes && !memcmp(name->text + name->bytes - bytes, end, bytes);
}

static bool redact_is(const struct plain_name *name, const char *other)
{
	return name->bytes == strlen(other) && redact_ends_with(name, other);
}

static const char *const secret_parts[] = {
	"password",	   "passwd",	       "passphrase",	"passcode",
	"passwort",	   "secret",	       "token",		"apikey",
	"accesskey",	   "privatekey",       "accountkey",	"sharedkey",
	"signingkey",	   "encryptionkey",    "authkey",	"masterkey",
	"subscriptionkey", "credential",       "authorization", "cookie",
	"userpass",	   "connectionstring", "storagekey",
};
static const char *const secret_ends[] = { "pass", "pwd", "pw", "psk", "auth" };
static const char *const secret_names[] = { "auth", "pin",    "sig",	 "signature",
					    "jwt",  "passin", "passout", "sessionid" };
/* These are about a secret, and none. */
static const char *const harmless_ends[] = { "file",   "path",	 "dir",	    "url",    "prompt",
					     "policy", "length", "timeout", "bypass", "compass" };

static bool redact_is_harmless(const struct plain_name *plain, const char *name, size_t bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless_ends); i++)
		if (redact_ends_with(plain, harmless_ends[i]))
			return true;
	/* The variables of the shell. */
	return (bytes == 3 && !memcmp(name, "PWD", 3)) ||
	       (bytes == 6 && !memcmp(name, "OLDPWD", 6)) || redact_is(plain, "maxtokens");
}

static bool redact_is_in_list(const struct plain_name *name, const char *list)
{
	while (list && *list) {
		size_t bytes = strcspn(list, ",");
		struct plain_name item = redact_plain(list, bytes);

		if (redact_contains(name, item.text, item.bytes))
			return true;
		list += bytes + (list[bytes] == ',');
	}
	return false;
}

static bool redact_is_built_in(const struct plain_name *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(secret_parts); i++)
		if (redact_contains(name, secret_parts[i], strlen(secret_parts[i])))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(secret_ends); i++)
		if (redact_ends_with(name, secret_ends[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(secret_names); i++)
		if (redact_is(name, secret_names[i]))
			return true;
	return false;
}

bool redact_is_secret_name(const char *name, size_t bytes, const char *names)
{
	struct plain_name plain = redact_plain(name, bytes);

	return redact_is_in_list(&plain, names) ||
	       (redact_is_built_in(&plain) && !redact_is_harmless(&plain, name, bytes));
}

/* How tokens of widespread services begin, by their documentation. */
static const char *const token_starts[] = {
	"ghp_",	 "gho_",  "ghu_",  "ghs_",  "ghr_",  "github_pat_", "glpat-",	"xoxb-", "xoxp-",
	"xoxa-", "xoxe-", "xoxr-", "xapp-", "sk-",   "sk_live_",    "rk_live_", "AKIA",	 "ASIA",
	"eyJ",	 "hvs.",  "hvb.",  "npm_",  "pypi-", "AIza",	    "ya29.",	"SG.",	 "dop_v1_",
};

bool redact_is_token(const char *text, size_t bytes)
{
	enum { LEAST_BYTES = 16 };

	for (size_t i = 0; bytes >= LEAST_BYTES && i < ARRAY_SIZE(token_starts); i++)
		if (!strncmp(text, token_starts[i], strlen(token_starts[i])))
			return true;
	return false;
}

static const struct redact_program programs[] = {
	{ " mysql* mariadb* 7z 7za 7zr 7zz rar unrar ", "p", .is_attached = true },
	{ " sshpass mongo mongosh mongodump mongorestore mongoexport mongoimport cqlsh beeline "
	  "rdesktop ncftp* useradd usermod ",
	  "p" },
	{ " docker podman buildah skopeo nerdctl helm oc az ", "p", .needs = "login" },
	{ " curl ", "uU", .behind = ':' },
	{ " redis-cli valkey-cli ", "a", .takes_words = true },
	{ " nmcli aws ", "", .takes_words = true },
	{ " ldap* kinit kadmin ", "w" },
	{ " smbclient smbget rpcclient net ", "U", .behind = '%' },
	{ " lftp ", "u", .behind = ',' },
	{ " zip unzip mosquitto_* ipmitool sqlcmd bcp isql tsql ", "P" },
	{ " snmp* ", "AXc" },
};

static bool redact_is_listed(const char *list, const char *name, size_t bytes)
{
	for (list++; *list; list += strcspn(list, " ") + 1) {
		size_t length = strcspn(list, " ");
		bool is_prefix = list[length - 1] == '*';

		length -= is_prefix;
		if ((is_prefix ? bytes >= length : bytes == length) && !memcmp(list, name, length))
			return true;
	}
	return false;
}

bool redact_is_letter(char c)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (c && strchr(programs[i].letters, c))
			return true;
	return false;
}

const struct redact_program *redact_find_program(const char *name, size_t bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (redact_is_listed(programs[i].names, name, bytes))
			return &programs[i];
	return NULL;
}
