// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/cgroup_hierarchy.h"

/* What is chosen after these processes were noted, NULL-terminated; "v2", or a name. */
static void check(const char *want, const char *const *processes)
{
	struct hierarchies all = { .n = 0 };
	const struct hierarchy *chosen;

	while (*processes)
		cgroup_hierarchy_note(&all, *processes++);
	chosen = cgroup_hierarchy_choose(&all);
	if (!want) {
		assert_null(chosen);
		return;
	}
	assert_non_null(chosen);
	assert_string_equal(chosen->id ? chosen->name : "v2", want);
}

#define CHECK(want, ...) check(want, (const char *const[]){ __VA_ARGS__, NULL })

static void test_single(void **state)
{
	(void)state;
	CHECK("v2", "0::/init.scope\n");
	CHECK("v2", "0::/\n");
	CHECK("v2", "0::/");
	CHECK("name=systemd", "1:name=systemd:/init.scope\n");
	CHECK("memory", "1:memory:/\n");
	CHECK(NULL, "");
}

/* Debian 9 and others before cgroup v2 took over: "legacy" and "hybrid" in systemd's terms. */
static void test_systemd(void **state)
{
	(void)state;
	CHECK("name=systemd", "9:pids:/init.scope\n2:cpu,cpuacct:/\n1:name=systemd:/init.scope\n");
	CHECK("name=systemd", "2:pids:/\n1:name=systemd:/init.scope\n0::/init.scope\n");
	CHECK("name=systemd", "2:pids:/\n1:name=systemd:/\n0::/\n",
	      "2:pids:/\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n0::/\n");
	/* a container in version 2 only, and systemd's own where it always is */
	CHECK("name=systemd", "1:name=systemd:/init.scope\n0::/\n", "1:name=systemd:/\n0::/a\n");
}

static void test_unused(void **state)
{
	(void)state;
	CHECK("v2", "1:name=systemd:/\n0::/a\n");
	CHECK("v2", "3:memory:/a\n1:name=systemd:/\n0::/b\n");
	CHECK("memory", "3:memory:/\n1:name=systemd:/\n0::/\n",
	      "3:memory:/a\n1:name=systemd:/\n0::/\n");
	CHECK("name=systemd", "0::/\n3:memory:/\n1:name=systemd:/\n");
	CHECK("v2", "3:memory:/\n0::/\n2:name=openrc:/\n");
}

static void test_other_managers(void **state)
{
	(void)state;
	CHECK("name=openrc", "2:memory:/sshd\n1:name=openrc:/sshd\n",
	      "2:memory:/a\n1:name=openrc:/");
	CHECK("v2", "1:name=openrc:/sshd\n0::/openrc.sshd\n");
	CHECK("pids", "3:pids:/docker/a\n2:cpu:/docker/a\n", "3:pids:/b\n2:cpu:/\n");
	CHECK("cpu,cpuacct", "3:pids:/\n2:cpu,cpuacct:/docker/a\n");
	/* a controller may be in a hierarchy that has a name */
	CHECK("name=openrc", "2:pids,name=x:/a\n1:name=openrc:/b\n");
}

static void test_use_is_counted(void **state)
{
	struct hierarchies all = { .n = 0 };

	(void)state;
	cgroup_hierarchy_note(&all, "12:pids:/a\n0::/\n");
	cgroup_hierarchy_note(&all, "12:pids:/a:b::c\n0::/x (deleted)\n");
	assert_int_equal(all.n, 2);
	assert_int_equal(all.items[0].id, 12);
	assert_int_equal(all.items[0].used, 2);
	assert_int_equal(all.items[1].id, 0);
	assert_int_equal(all.items[1].used, 1);
}

/* The kernel writes none of these: nothing is made of them, and nothing breaks. */
static void test_malformed(void **state)
{
	(void)state;
	CHECK(NULL, "\n\n");
	CHECK(NULL, ":name=systemd:/a\n");
	CHECK(NULL, "x:name=systemd:/a\n");
	CHECK(NULL, "1\n");
	CHECK(NULL, "1:\n");
	CHECK(NULL, "1:name=systemd\n0:\n");
	CHECK(NULL, "1x:memory:/a\n");
	CHECK("v2", "1:name=systemd\n0::/a\n");
	CHECK("memory", "1:memory:\n");
}

static void test_limits(void **state)
{
	struct hierarchies all = { .n = 0 };
	char text[4096] = "", name[300];

	(void)state;
	for (int i = 0; i < KS_HIERARCHIES_MAX + 3; i++)
		sprintf(text + strlen(text), "%d:name=n%d:/a\n", i + 1, i);
	cgroup_hierarchy_note(&all, text);
	assert_int_equal(all.n, KS_HIERARCHIES_MAX);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	all.n = 0;
	snprintf(text, sizeof(text), "1:%s:/a\n", name);
	cgroup_hierarchy_note(&all, text);
	assert_int_equal(strlen(all.items[0].name), HIERARCHY_NAME_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),	       cmocka_unit_test(test_systemd),
		cmocka_unit_test(test_unused),	       cmocka_unit_test(test_other_managers),
		cmocka_unit_test(test_use_is_counted), cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
