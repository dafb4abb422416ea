// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "enrich/cgroup.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define POD "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice"

typedef bool (*span_fn)(const char *path, struct cgroup_span *ret);

/* @want is NULL if nothing is to be found. The span must lie within @path. */
static void check(span_fn get, const char *path, const char *want)
{
	struct cgroup_span span = { NULL, 0 };

	assert_int_equal(get(path, &span), want != NULL);
	if (!want)
		return;
	assert_int_equal(span.len, strlen(want));
	assert_memory_equal(span.text, want, span.len);
	assert_true(span.text >= path && span.text + span.len <= path + strlen(path));
}

static void test_unit(void **state)
{
	(void)state;
	check(cgroup_unit, "/system.slice/nginx.service", "nginx.service");
	check(cgroup_unit, "/system.slice/nginx.service/", "nginx.service");
	check(cgroup_unit, "/system.slice/nginx.service/worker", "nginx.service");
	check(cgroup_unit, "/init.scope", "init.scope");
	check(cgroup_unit, "/user.slice/user-1000.slice/session-3.scope", "session-3.scope");
	check(cgroup_unit, "/system.slice/system-getty.slice/getty@tty1.service",
	      "getty@tty1.service");
	check(cgroup_unit, "/system.slice/dev-disk-by\\x2dlabel-a.swap",
	      "dev-disk-by\\x2dlabel-a.swap");
	check(cgroup_unit, "/system.slice/home.mount", "home.mount");
	check(cgroup_unit, "/system.slice/docker.socket", "docker.socket");
	check(cgroup_unit, "/system.slice/_cpu.service", "cpu.service");
	check(cgroup_unit, "/system.slice/__x.service", "_x.service");
}

/* Whoever has a delegated cgroup names what is below. */
static void test_claimed_unit(void **state)
{
	static const char *const of_system[][2] = {
		{ "user@1000.service",
		  "/user.slice/user-1000.slice/user@1000.service/app.slice/x.service" },
		{ "user@1000.service",
		  "/user.slice/user-1000.slice/user@1000.service/system.slice/x.service" },
		{ "x.service", "/system.slice/x.service/y.service" },
		{ "x.service", "/system.slice/x.service/system.slice/y.service" },
		{ "session-2.scope", "/user.slice/user-1.slice/session-2.scope/y.service" },
		{ "docker-" ID ".scope",
		  "/system.slice/docker-" ID ".scope/system.slice/y.service" },
		{ "libpod-" ID ".scope", "/machine.slice/libpod-" ID ".scope/container/y.service" },
		{ "systemd-nspawn@deb.service",
		  "/machine.slice/systemd-nspawn@deb.service/payload/system.slice/y.service" },
		{ "cpu.service", "/_a.slice/_cpu.service/y.service" },
		{ NULL, "/docker/" ID "/system.slice/y.service" },
		{ NULL, "/kubepods/burstable/pod1/" ID "/y.service" },
		{ NULL, "/lxc.payload.web1/system.slice/y.service" },
		{ NULL, "/lxc/web1/init.scope" },
		{ NULL, "/alice/system.slice/y.service" },
		{ NULL, "/system.slice/alice/y.service" },
		{ NULL, "/system.slice/\n/y.service" },
		{ NULL, ".../system.slice/y.service" },
		{ NULL, "/.slice/y.service" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of_system) / sizeof(of_system[0]); i++) {
		check(cgroup_unit, of_system[i][1], of_system[i][0]);
		assert_false(cgroup_matches(of_system[i][1], "y"));
		assert_false(cgroup_matches(of_system[i][1], "y.service"));
	}
}

#define MANAGER "/user.slice/user-1000.slice/user@1000.service"

static void test_user_unit(void **state)
{
	(void)state;
	check(cgroup_user_unit, MANAGER "/app.slice/app-foot@1.service", "app-foot@1.service");
	check(cgroup_user_unit, MANAGER "/app.slice/a-b.slice/x.scope/y.service", "x.scope");
	check(cgroup_user_unit, MANAGER "/init.scope", "init.scope");
	check(cgroup_user_unit, MANAGER "/_cpu.service", "cpu.service");
	check(cgroup_user_unit, MANAGER, NULL);
	check(cgroup_user_unit, MANAGER "/app.slice", NULL);
	check(cgroup_user_unit, MANAGER "/x/y.service", NULL);
	check(cgroup_user_unit, "/system.slice/sshd.service", NULL);
	check(cgroup_user_unit, "/system.slice/sshd.service/y.service", NULL);
	check(cgroup_user_unit, "/user.slice/user-1000.slice/session-2.scope/y.service", NULL);
	check(cgroup_user_unit, "/system.slice/user@a.service/y.service", NULL);
	check(cgroup_user_unit, "/system.slice/user@.service/y.service", NULL);
	check(cgroup_user_unit, "/alice" MANAGER "/y.service", NULL);
	assert_false(cgroup_matches(MANAGER "/app.slice/sshd.service", "sshd.service"));
	assert_false(cgroup_matches(MANAGER "/app.slice/sshd.service", "app.slice"));
	assert_true(cgroup_matches(MANAGER "/app.slice/sshd.service", "user@1000"));
	assert_true(cgroup_matches(MANAGER "/app.slice/sshd.service", "user-1000.slice"));
	assert_true(cgroup_matches(MANAGER "/app.slice/sshd.service", "/*/*/*/*/sshd.service"));
}

static void test_no_unit(void **state)
{
	(void)state;
	check(cgroup_unit, "", NULL);
	check(cgroup_unit, "/", NULL);
	check(cgroup_unit, "///", NULL);
	check(cgroup_unit, "/system.slice", NULL);
	check(cgroup_unit, "/docker/" ID, NULL);
	check(cgroup_unit, "/.service", NULL);
	check(cgroup_unit, "/_.service", NULL);
	check(cgroup_unit, "/@.service", NULL);
	check(cgroup_unit, "/service", NULL);
	check(cgroup_unit, "/nginx.services", NULL);
	check(cgroup_unit, "/nginx.service (deleted)", NULL);
	check(cgroup_unit, "/a\nb.service", NULL);
	check(cgroup_unit, "/a\x1b[m.service", NULL);
	check(cgroup_unit, "/\xff.service", NULL);
}

/* A file name, and so a unit's, has up to 255 bytes. */
static void test_long_unit(void **state)
{
	char path[300] = "/";

	(void)state;
	memset(path + 1, 'a', 248);
	strcpy(path + 248, ".service");
	check(cgroup_unit, path, path + 1);
	strcpy(path + 249, ".service");
	check(cgroup_unit, path, NULL);
}

static void test_container(void **state)
{
	(void)state;
	check(cgroup_container, "/system.slice/docker-" ID ".scope", ID);
	check(cgroup_container, "/docker/" ID, ID);
	check(cgroup_container, "/docker/" ID "/init", ID);
	check(cgroup_container, "/ecs/task/" ID, ID);
	check(cgroup_container, POD "/cri-containerd-" ID ".scope", ID);
	check(cgroup_container, POD "/crio-" ID ".scope", ID);
	check(cgroup_container, "/kubepods/besteffort/pod1/" ID, ID);
	check(cgroup_container, "/system.slice/kubepods-pod1.slice:cri-containerd:" ID, ID);
	check(cgroup_container, "/machine.slice/libpod-" ID ".scope/container", ID);
	check(cgroup_container, "/libpod_parent/libpod-" ID, ID);
	check(cgroup_container, "/docker/" ID "/docker/" ID2, ID2);
	check(cgroup_container, "/docker/" ID "/system.slice/nginx.service", ID);
	check(cgroup_container, "/lxc/web1", "web1");
	check(cgroup_container, "/lxc/web1/system.slice/nginx.service", "web1");
	check(cgroup_container, "/lxc.payload.web1/init.scope", "web1");
	check(cgroup_container, "/lxc.payload/web1", "web1");
	check(cgroup_container, "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
	      "qemu\\x2d1\\x2dvm");
	check(cgroup_container, "/machine.slice/systemd-nspawn@deb.service/payload", "deb");
}

/* Made by a runtime of root's: nothing above it is delegated to somebody who can make up ids. */
static void test_root_container(void **state)
{
	(void)state;
	check(cgroup_root_container, "/system.slice/docker-" ID ".scope", ID);
	check(cgroup_root_container, "/docker/" ID, ID);
	check(cgroup_root_container, POD "/cri-containerd-" ID ".scope/init.scope", ID);
	check(cgroup_root_container, "/machine.slice/libpod-" ID ".scope/container", ID);
	check(cgroup_root_container, "/system.slice/web.service/libpod-payload-" ID, ID);
	check(cgroup_root_container,
	      "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID, ID);
	/* As pam_cgfs of LXC gives them away. */
	check(cgroup_root_container,
	      "/user.slice/user-1000.slice/session-3.scope/docker-" ID ".scope", NULL);
	check(cgroup_root_container, "/user/alice/0/docker/" ID, NULL);
	check(cgroup_root_container, "/user.slice/user-0.slice/user@0.service/docker-" ID ".scope",
	      ID);
	check(cgroup_root_container,
	      "/docker/" ID "/user.slice/user-1000.slice/user@1000.service/app.slice", ID);
	check(cgroup_root_container, "/", NULL);
	check(cgroup_root_container, "/lxc/web1", NULL);
	check(cgroup_root_container, "/machine.slice/libpod-conmon-" ID ".scope", NULL);
	check(cgroup_root_container,
	      "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", NULL);
	check(cgroup_root_container, "/user@1000.service/docker-" ID ".scope", NULL);
	check(cgroup_root_container, "/docker/" ID2 "/docker/" ID, NULL);
	check(cgroup_root_container, "/docker/" ID "/docker/" ID, NULL);
	check(cgroup_root_container, "/lxc/web1/docker/" ID, NULL);
	check(cgroup_root_container, "/lxc.payload.web1/docker/" ID, NULL);
	check(cgroup_root_container, "/machine.slice/machine-web.scope/docker/" ID, NULL);
	check(cgroup_root_container, "/docker/" ID "/lxc/web1", NULL);
}

static void test_no_container(void **state)
{
	(void)state;
	check(cgroup_container, "", NULL);
	check(cgroup_container, "/", NULL);
	check(cgroup_container, "/system.slice/docker.service", NULL);
	check(cgroup_container, "/machine.slice/libpod-conmon-" ID ".scope", NULL);
	check(cgroup_container, POD "/crio-conmon-" ID ".scope", NULL);
	check(cgroup_container, "/x" ID, NULL);
	check(cgroup_container, "/-" ID, NULL);
	check(cgroup_container, "/docker-" ID "0.scope.d", NULL);
	check(cgroup_container, "/docker/0123456789ABCDEF" ID, NULL);
	check(cgroup_container, "/docker/0123456789abcdef", NULL);
	check(cgroup_container, "/lxc", NULL);
	check(cgroup_container, "/lxc/", NULL);
	check(cgroup_container, "/lxc.payload.", NULL);
	check(cgroup_container, "/lxc.monitor.web1", NULL);
	check(cgroup_container, "/machine-.scope", NULL);
	check(cgroup_container, "/machine-x", NULL);
	check(cgroup_container, "/.scope", NULL);
}

static void test_matches_path(void **state)
{
	const char *path = "/system.slice/nginx.service/worker";

	(void)state;
	assert_true(cgroup_matches(path, "/"));
	assert_true(cgroup_matches(path, "/system.slice"));
	assert_true(cgroup_matches(path, "/system.slice/"));
	assert_true(cgroup_matches(path, "/system.slice/nginx.service"));
	assert_true(cgroup_matches(path, path));
	assert_true(cgroup_matches(path, "/*/ngin?.service"));
	assert_false(cgroup_matches(path, "/system.slice/nginx"));
	assert_false(cgroup_matches(path, "/system"));
	assert_false(cgroup_matches(path, "/nginx.service"));
	assert_false(cgroup_matches(path, "/*/worker")); /* a glob stays in its component */
	assert_false(cgroup_matches(path, "/system.slice/nginx.service/worker/x"));
	assert_true(cgroup_matches("/", "/"));
	assert_false(cgroup_matches("/", "/a"));
	assert_true(cgroup_matches("/a[1]", "/a[1]"));
}

static void test_matches_name(void **state)
{
	const char *path = "/user.slice/user@1000.service/app.slice/foo.scope";

	(void)state;
	assert_true(cgroup_matches("/system.slice/nginx.service", "nginx"));
	assert_true(cgroup_matches("/system.slice/nginx.service", "nginx.service"));
	assert_true(cgroup_matches("/system.slice/nginx.service", "ng*"));
	assert_true(cgroup_matches("/system.slice/nginx.service", "ngin[wx]"));
	assert_true(cgroup_matches("/system.slice/nginx.service/x", "nginx"));
	assert_false(cgroup_matches("/system.slice/nginx.service", "ngin"));
	assert_false(cgroup_matches("/system.slice/nginx.service", "nginx.socket"));
	assert_false(cgroup_matches("/system.slice/nginx.socket", "nginx"));
	assert_false(cgroup_matches("/system.slice/nginx.service.service", "nginx.service"));
	assert_false(cgroup_matches("/system.slice/nginx.service", ""));
	assert_false(cgroup_matches("/system.slice/nginx.service", "NGINX"));
	assert_true(cgroup_matches(path, "user@1000"));
	assert_true(cgroup_matches(path, "user@*.service"));
	assert_true(cgroup_matches(path, "user.slice"));
	assert_false(cgroup_matches(path, "app.slice"));
	assert_false(cgroup_matches(path, "foo.scope"));
	assert_true(cgroup_matches("/user.slice/foo.scope", "foo.scope"));
	assert_true(cgroup_matches("/docker/" ID, "docker"));
	assert_false(cgroup_matches(path, "foo"));
	assert_true(cgroup_matches("/system.slice/_cpu.service", "cpu"));
	assert_true(cgroup_matches("/system.slice/_cpu.service", "_cpu.service"));
	assert_true(cgroup_matches("/a\\x2db.mount", "a\\x2db.mount"));
	assert_true(cgroup_matches("/a\\x2db.mount", "a\\x2d*.mount"));
	assert_false(cgroup_matches("/", "nginx"));
	assert_false(cgroup_matches("", "*"));
}

/* Components longer than any file name: no overrun, and equal is still equal. */
static void test_long_components(void **state)
{
	char path[5000];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_true(cgroup_matches(path, path));
	assert_true(cgroup_matches(path, path + 1));
	assert_false(cgroup_matches(path, "/a*"));
	assert_false(cgroup_matches("/a", path));
	check(cgroup_unit, path, NULL);
	check(cgroup_container, path, NULL);
}

static void test_random_paths(void **state)
{
	static const char *const words[] = { "/", ".scope",	  ".service", "lxc",  "-", ID,
					     "_", "lxc.payload.", "machine-", "\xff", "@", "conmon",
					     "a" };
	struct cgroup_span span;
	uint32_t seed = 7;
	char *path;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[1024] = "";

		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(text, words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))]);
		}
		path = strdup(text); /* of exact size, for ASan */
		if (cgroup_unit(path, &span))
			assert_true(span.len && span.text + span.len <= path + strlen(path));
		if (cgroup_user_unit(path, &span))
			assert_true(span.len && span.text + span.len <= path + strlen(path));
		if (cgroup_container(path, &span))
			assert_true(span.len && span.text + span.len <= path + strlen(path));
		if (cgroup_root_container(path, &span))
			assert_true(span.len == CGROUP_ID_BYTES &&
				    span.text + span.len <= path + strlen(path));
		if (strchr(path, '/'))
			assert_true(cgroup_matches(path, path));
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit),	     cmocka_unit_test(test_no_unit),
		cmocka_unit_test(test_long_unit),    cmocka_unit_test(test_container),
		cmocka_unit_test(test_no_container), cmocka_unit_test(test_matches_path),
		cmocka_unit_test(test_matches_name), cmocka_unit_test(test_long_components),
		cmocka_unit_test(test_random_paths), cmocka_unit_test(test_root_container),
		cmocka_unit_test(test_claimed_unit), cmocka_unit_test(test_user_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
