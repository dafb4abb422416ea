// SPDX-License-Identifier: GPL-2.0-only
/*
 * The paths by which the kernel sends signals: who calls send_signal_locked(), kernel/signal.c, and
 * with which siginfo. The first row that fits an event wins, after the files that are written to.
 */
#include "enrich/kernel_cause.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

#include "event/file_calls.h"
#include "kernel_numbers.h"
#include "lib/signame.h"
#include "lib/array.h"

#define BIT(number) (UINT64_C(1) << (number))
#define SIG(name) signame_mask(SIG##name)
#define signame_mask(sig) (UINT64_C(1) << ((sig)-1))

enum { NOINFO = BIT(KS_INFO_NOINFO), PRIV = BIT(KS_INFO_PRIV), REAL = BIT(KS_INFO_REAL) };

/* What the running task is to the target. */
enum {
	SELF = 1 << 0, /* the same process */
	OTHER = 1 << 1,
	EXITING = 1 << 2,
	KTHREAD = 1 << 3,
	TRACED = 1 << 4, /* the target has a tracer */
};

enum { IOCTL_TIOCSIG = 0x40045436 }; /* include/uapi/asm-generic/ioctls.h, _IOW('T', 0x36, int) */

#define WRITES                                                                                     \
	" write writev pwrite pwrite64 pwritev pwritev2 io_submit io_uring_setup sendfile "        \
	"sendfile64 splice copy_file_range "                                                       \
	"io_uring_enter "
#define FORKS " clone clone3 fork vfork "

static const struct row {
	uint64_t signals; /* 0: any */
	unsigned int kinds;
	unsigned int who;	/* all of these must hold */
	int code_min, code_max; /* for REAL; both 0: any */
	const char *calls;	/* the context is in one of these, blanks around each; NULL: any */
	uint32_t request;	/* of ioctl; 0: any */
	const char *words;
	enum event_how how;
} rows[] = {
	{ SIG(SEGV) | SIG(BUS) | SIG(ILL) | SIG(FPE) | SIG(TRAP), REAL, SELF, 1, INT_MAX, NULL, 0,
	  "a fault", HOW_FAULT },
	{ SIG(SYS), REAL, SELF, 1, 1, NULL, 0, "a system call that seccomp forbids", HOW_KILLED },
	{ SIG(SYS), REAL, SELF, 2, 2, NULL, 0, "a system call that user dispatch catches",
	  HOW_KILLED },
	{ SIG(PIPE), NOINFO, SELF, 0, 0, NULL, 0, "a write to a pipe or socket without a reader",
	  HOW_KILLED },
	{ SIG(XFSZ), NOINFO, SELF, 0, 0, NULL, 0, "its limit of file size (RLIMIT_FSIZE)",
	  HOW_LIMIT },
	{ SIG(XCPU), PRIV, SELF, 0, 0, NULL, 0, "its limit of CPU time (RLIMIT_CPU)", HOW_LIMIT },
	{ SIG(TTIN) | SIG(TTOU), PRIV, SELF, 0, 0, NULL, 0,
	  "its terminal was used from the background", HOW_KILLED },
	{ SIG(ALRM) | SIG(VTALRM) | SIG(PROF), PRIV, 0, 0, 0, NULL, 0, "its timer (setitimer)",
	  HOW_KILLED },
	{ SIG(KILL), PRIV, SELF | TRACED, 0, 0, NULL, 0,
	  "probably out of memory, its limit of CPU time (RLIMIT_CPU), or its tracer: see dmesg",
	  HOW_KILLED },
	{ 0, PRIV | NOINFO, SELF | TRACED, 0, 0, NULL, 0, "probably injected by its tracer",
	  HOW_KILLED },
	{ 0, REAL, 0, -2, -2, NULL, 0, "its timer (timer_create)", HOW_KILLED },
	{ 0, REAL, 0, -3, -3, NULL, 0, "a message in a queue (mq_notify)", HOW_KILLED },
	{ 0, REAL, 0, -4, -4, NULL, 0, "a USB transfer of its own", HOW_KILLED },
	{ SIG(CHLD), REAL, 0, 0, 0, NULL, 0, "its child ended, stopped or went on", HOW_KILLED },
	{ SIG(BUS), REAL, 0, 4, 5, NULL, 0, "a memory error of the hardware", HOW_FAULT },
	{ 0, REAL, TRACED, 0, 0, NULL, 0, "probably by its tracer", HOW_KILLED },
	{ 0, REAL, 0, -5, -5, NULL, 0,
	  "probably asynchronous I/O on a descriptor (F_SETOWN, F_SETSIG)", HOW_KILLED },
	{ 0, REAL, 0, 1, 6, NULL, 0,
	  "probably asynchronous I/O on a descriptor (F_SETOWN, F_SETSIG)", HOW_KILLED },
	{ SIG(IO) | SIG(URG), PRIV, 0, 0, 0, NULL, 0,
	  "probably asynchronous I/O on a descriptor (F_SETOWN)", HOW_KILLED },
	{ SIG(KILL), PRIV, OTHER | EXITING, 0, 0, NULL, 0,
	  "probably by its end, as the first process of the pid namespace or as the tracer",
	  HOW_KILLED },
	{ 0, NOINFO, OTHER | EXITING, 0, 0, NULL, 0,
	  "probably by its end, as the parent (PR_SET_PDEATHSIG)", HOW_KILLED },
	{ SIG(HUP) | SIG(CONT), PRIV, EXITING, 0, 0, NULL, 0,
	  "probably by its end: a terminal was hung up, or a stopped process group is orphaned",
	  HOW_KILLED },
	{ SIG(INT) | SIG(QUIT) | SIG(TSTP), PRIV, KTHREAD, 0, 0, NULL, 0,
	  "probably typed on its terminal (^C, ^\\, ^Z)", HOW_KILLED },
	{ SIG(HUP) | SIG(CONT), PRIV, KTHREAD, 0, 0, NULL, 0, "probably its terminal was hung up",
	  HOW_KILLED },
	{ 0, PRIV, 0, 0, 0, " ioctl ", IOCTL_TIOCSIG, "probably by ioctl(TIOCSIG) on a terminal",
	  HOW_KILLED },
	{ SIG(HUP) | SIG(CONT), PRIV, 0, 0, 0, " close close_range ioctl vhangup dup2 dup3 execve ",
	  0, "probably by hanging up its terminal", HOW_KILLED },
	{ SIG(WINCH), PRIV, 0, 0, 0, NULL, 0, "its terminal has another size", HOW_KILLED },
	{ SIG(INT) | SIG(QUIT) | SIG(TSTP), PRIV, 0, 0, 0, WRITES, 0,
	  "probably by a write to the other side of its terminal", HOW_KILLED },
	{ 0, PRIV | NOINFO, 0, 0, 0, " ptrace ", 0, "probably by ptrace", HOW_KILLED },
	{ 0, PRIV, 0, 0, 0, " reboot ", 0, "probably by reboot(2) in its pid namespace",
	  HOW_KILLED },
	{ SIG(KILL), NOINFO, 0, 0, 0, FORKS, 0,
	  "probably a fork in a cgroup that was being killed (cgroup.kill)", HOW_KILLED },
	{ SIG(KILL), NOINFO, OTHER, 0, 0, NULL, 0, "probably by a write to cgroup.kill",
	  HOW_KILLED },
	{ SIG(TERM), PRIV, OTHER, 0, 0, WRITES, 0, "probably by a write to sysrq-trigger",
	  HOW_KILLED },
	{ SIG(KILL), PRIV, OTHER, 0, 0, WRITES, 0,
	  "probably out of memory, or a write to sysrq-trigger: see dmesg", HOW_KILLED },
	{ SIG(KILL), PRIV, OTHER, 0, 0, " close close_range ", 0,
	  "probably by closing the last pidfd of it (CLONE_PIDFD_AUTOKILL), or out of memory",
	  HOW_KILLED },
	{ SIG(KILL), PRIV, OTHER, 0, 0, NULL, 0, "probably out of memory: see dmesg", HOW_KILLED },
	{ SIG(KILL), PRIV, SELF, 0, 0, NULL, 0,
	  "probably out of memory, or its limit of CPU time (RLIMIT_CPU): see dmesg", HOW_KILLED },
};

/* Files that make the kernel send signals when the context writes to them: these come first. */
static const struct {
	uint64_t signals;
	unsigned int kinds;
	uint32_t magic; /* of the file system: a file of that name can be anywhere */
	const char *name;
	const char *words;
} writes[] = {
	{ SIG(KILL), NOINFO, CGROUP2_SUPER_MAGIC, "cgroup.kill", "a write to cgroup.kill" },
	{ SIG(TERM) | SIG(KILL), PRIV, PROC_SUPER_MAGIC, "sysrq-trigger",
	  "a write to sysrq-trigger" },
};

static const char *kernel_cause_name_of(const struct shared_text *path)
{
	const char *slash = path ? strrchr(path->text, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

static const char *kernel_cause_written(const struct event *event)
{
	const struct ks_cause *cause = &event->signal.cause;
	const char *name = kernel_cause_name_of(event->signal.file);

	if (!name || !is_call_writing_to(event->signal.sender.syscall, cause->file_argument))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++)
		if (writes[i].signals & signame_bit(event->signal.number) &&
		    writes[i].kinds & BIT(event->signal.info.kind) &&
		    writes[i].magic == cause->file_magic && !strcmp(writes[i].name, name))
			return writes[i].words;
	return NULL;
}

static bool kernel_cause_is_in_call(const struct row *row, const struct event *event)
{
	const char *call = event->signal.sender.syscall;
	char padded[64];

	if (!row->calls)
		return true;
	if (!call || strlen(call) + 3 > sizeof(padded))
		return false;
	*stpcpy(stpcpy(stpcpy(padded, " "), call), " ") = '\0';
	return strstr(row->calls, padded) &&
	       (!row->request || (uint32_t)event->signal.call.args[1] == row->request);
}

static unsigned int kernel_cause_who_of(const struct event *event)
{
	const struct task *running = &event->signal.sender, *target = &event->signal.target;
	bool is_self = pidref_equal(&running->ids.process, &target->ids.process);

	return (is_self ? SELF : OTHER) | (running->flags & KS_FLAG_EXITING ? EXITING : 0) |
	       (running->flags & KS_FLAG_KTHREAD ? KTHREAD : 0) |
	       (target->flags & KS_FLAG_TRACED ? TRACED : 0);
}

static bool kernel_cause_fits(const struct row *row, const struct event *event, unsigned int who)
{
	const struct ks_info *info = &event->signal.info;
	bool is_any_code = !row->code_min && !row->code_max;

	return (!row->signals || row->signals & signame_bit(event->signal.number)) &&
	       row->kinds & BIT(info->kind) && (who & row->who) == row->who &&
	       (info->kind != KS_INFO_REAL || is_any_code ||
		(info->code >= row->code_min && info->code <= row->code_max)) &&
	       kernel_cause_is_in_call(row, event);
}

struct kernel_cause kernel_cause_find(const struct event *event)
{
	unsigned int who = kernel_cause_who_of(event);
	const char *written = kernel_cause_written(event);

	if (written)
		return (struct kernel_cause){ written, HOW_KILLED };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (kernel_cause_fits(&rows[i], event, who))
			return (struct kernel_cause){ rows[i].words, rows[i].how };
	return (struct kernel_cause){ NULL, HOW_KILLED };
}
