// SPDX-License-Identifier: GPL-2.0-only
/* What programs need to know of this kernel: offsets, addresses, namespaces, cgroups. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/coarse_clock.h"
#include "kernel/features.h"
#include "kernel/kallsyms.h"
#include "kernel/layout.h"
#include "kernel/task_peek.h"
#include "lib/procfs.h"

/* ---- the coarse clock ---- */

int features_find_timekeeper(const struct features *features, uint64_t *ret)
{
	uint64_t core = 0,
		 data = 0; /* a newer name: several timekeepers, of which the first is this */
	int err;

	const struct kallsyms_wanted wanted[] = { { "tk_core", &core },
						  { "timekeeper_data", &data } };

	*ret = 0;
	if (features_is_left_out(features, FEATURE_CLOCK))
		return -ECANCELED;
	kallsyms_find(wanted, 2);
	core = core ? core : data;
	if (!core || !features_types(features))
		return -ENOENT;
	err = coarse_clock_try(features_types(features), core);
	if (!err)
		*ret = core;
	return err;
}

/* ---- registers ---- */

enum {
	STACK_BYTES_MIN =
	    16 << 10, /* THREAD_SIZE of x86-64 and arm64; more with KASAN, 64K pages */
	STACK_BYTES_MAX = 128 << 10,
	PADDING_BYTES = 16, /* TOP_OF_KERNEL_STACK_PADDING of x86 with FRED: 65c9cc9e2c14, v6.9 */
};

#if defined(__x86_64__)
#define CALL_MEMBER "orig_ax"
#elif defined(__aarch64__)
#define CALL_MEMBER "syscallno"
#endif

/*
 * Whether the registers are there: a program that is run by bpf(2), in it, finds the number of that
 * call. 1, 0 or -errno.
 */
static int features_regs_are_at(int stack, int regs)
{
	const struct look look = { .first = stack, .then = regs, .bytes = 4, .value = SYS_bpf };

	return task_peek_once(&look);
}

int features_find_saved_regs(const struct features *features)
{
	int stack = features_offset_or_size(features, "task_struct", "stack");
	int call = features_offset_or_size(features, "pt_regs", CALL_MEMBER);
	int regs = features_offset_or_size(features, "pt_regs", ""), found = 0;

	if (stack < 0 || call < 0 || regs < 0)
		return -ENOENT;
	for (int bytes = STACK_BYTES_MIN; bytes <= STACK_BYTES_MAX; bytes *= 2) {
		for (int padding = 0; padding <= PADDING_BYTES; padding += PADDING_BYTES) {
			int at = bytes - padding - regs;

			found = features_regs_are_at(stack, at + call);
			if (found)
				return found < 0 ? found : at;
		}
	}
	return -ENOENT;
}

/* ---- audit ---- */

enum { CHILD_FAILED = 2 };

static void __attribute__((noreturn)) features_run_in_child(int program)
{
	int is_null = task_peek_run(program);

	_exit(is_null < 0 ? CHILD_FAILED : !is_null);
}

int features_audits_new_tasks(const struct features *features)
{
	struct look is_null = { .then = -1, .bytes = 8, .value = 0 };
	int program, status;
	pid_t child;
	int err;

	is_null.first = features_offset_or_size(features, "task_struct", "audit_context");
	if (is_null.first < 0) /* no such member: no CONFIG_AUDITSYSCALL */
		return is_null.first == -ENOENT ? 0 : is_null.first;
	program = task_peek_load(&is_null);
	if (program < 0)
		return program;
	child = fork();
	if (!child)
		features_run_in_child(program);
	err = child < 0 || waitpid(child, &status, 0) != child ? -errno : 0;
	close(program);
	if (err)
		return err;
	return WIFEXITED(status) && WEXITSTATUS(status) < CHILD_FAILED ? WEXITSTATUS(status)
								       : -EOPNOTSUPP;
}

/* ---- security modules ---- */

/* Whether the module that answers there is active: only then it has our own label. */
static bool features_has_label(const char *path)
{
	char label[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, label, sizeof(label));

	if (fd >= 0)
		close(fd);
	return n >= 0;
}

int features_find_labels(const struct features *features, struct security_module *ret)
{
	const struct kallsyms_wanted apparmor[] = { { "apparmor_blob_sizes", &ret->blob_sizes } };
	const struct kallsyms_wanted selinux[] = { { "selinux_blob_sizes", &ret->blob_sizes },
						   { "selinux_state", &ret->state } };
	bool is_apparmor = features_has_label("/proc/self/attr/apparmor/current");
	enum ks_lsm kind = is_apparmor ? KS_LSM_APPARMOR : KS_LSM_SELINUX;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (features_is_left_out(features, FEATURE_LABELS))
		return -ECANCELED;
	if (!features_has_label("/proc/self/attr/current"))
		return -ENODATA;
	if (!features_types(features))
		return -ENOENT;
	if (!is_apparmor && features_has_label("/proc/self/attr/smack/current"))
		return -EOPNOTSUPP;
	err = is_apparmor ? kallsyms_find(apparmor, 1) : kallsyms_find(selinux, 2);
	err = err ? err : layout_of_labels(features_types(features), kind, &ret->layout);
	if (!err)
		ret->kind = kind;
	return err;
}

/* ---- the pid namespace ---- */

/* 1 or 0, or -errno: in the initial namespace, a process has the pid that the kernel has for it.
 */
static int features_is_initial(const struct features *features)
{
	const struct look look = { .first =
				       features_offset_or_size(features, "task_struct", "tgid"),
				   .then = -1,
				   .bytes = 4,
				   .value = getpid() };

	return look.first < 0 ? look.first : task_peek_once(&look);
}

int features_find_pid_namespace(const struct features *features, uint32_t *ret_inode)
{
	struct stat st;
	int found;

	if (!stat("/proc/self/ns/pid", &st)) {
		*ret_inode = st.st_ino == PROC_PID_INIT_INO ? 0 : st.st_ino;
		return 0;
	}
	found = features_is_initial(features);
	if (found <= 0)
		return found ? found : -ENOENT;
	*ret_inode = 0;
	return 0;
}

/* ---- cgroups ---- */

int features_find_hierarchy(const struct features *features, struct hierarchy *ret)
{
	int member = features_offset_or_size(features, "task_struct", "cgroups");

	if (features_is_left_out(features, FEATURE_CGROUPS))
		return -ECANCELED;
	return member < 0
		   ? member
		   : cgroup_hierarchy_find(features_is_left_out(features, FEATURE_CGROUP_V1), ret);
}
