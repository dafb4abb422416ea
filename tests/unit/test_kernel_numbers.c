// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of the kernel that user space relies on, too, are those of its headers: see
 * bpf/kernel_numbers.h. That this compiles is the test. */
#include "kernel_numbers.h"

/* As they are, before headers have macros of the same names. */
enum {
	OUR_PROC_SUPER_MAGIC = PROC_SUPER_MAGIC,
	OUR_DEVPTS_SUPER_MAGIC = DEVPTS_SUPER_MAGIC,
	OUR_CGROUP2_SUPER_MAGIC = CGROUP2_SUPER_MAGIC,
	OUR_S_IFMT = S_IFMT,
	OUR_S_IFCHR = S_IFCHR,
	OUR_TTY_MAJOR = TTY_MAJOR,
	OUR_TTYAUX_MAJOR = TTYAUX_MAJOR,
	OUR_CAP_KILL = CAP_KILL,
	OUR_PIDFD_SIGNAL_PROCESS_GROUP = PIDFD_SIGNAL_PROCESS_GROUP,
	OUR_PT_EXITKILL = PT_EXITKILL,
};

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <asm/siginfo.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/pidfd.h>
#include <linux/ptrace.h>
#include <sys/stat.h>

#include <cmocka.h>

#define EQUAL(name) _Static_assert(OUR_##name == (name), #name)
EQUAL(PROC_SUPER_MAGIC);
EQUAL(DEVPTS_SUPER_MAGIC);
EQUAL(CGROUP2_SUPER_MAGIC);
EQUAL(S_IFMT);
EQUAL(S_IFCHR);
EQUAL(TTY_MAJOR);
EQUAL(TTYAUX_MAJOR);
EQUAL(CAP_KILL);
_Static_assert(OUR_PT_EXITKILL == PTRACE_O_EXITKILL << 3, "PT_EXITKILL");

_Static_assert(SI_CODE_OFFSET == offsetof(siginfo_t, si_code), "si_code");
_Static_assert(SI_SYS_PRIVATE_OFFSET == offsetof(siginfo_t, si_sys_private), "si_sys_private");
#ifdef PIDFD_SIGNAL_PROCESS_GROUP /* since Linux 6.9 */
EQUAL(PIDFD_SIGNAL_PROCESS_GROUP);
#endif

/* The siginfo that the kernel passes is as long as this, and no shorter than what is copied. */
static void test_siginfo(void **state)
{
	(void)state;
	assert_true(sizeof(siginfo_t) >= SI_SYS_PRIVATE_OFFSET + sizeof(int));
	assert_int_equal(OUR_PIDFD_SIGNAL_PROCESS_GROUP, 1 << 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_siginfo) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
