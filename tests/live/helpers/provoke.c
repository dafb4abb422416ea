// SPDX-License-Identifier: GPL-2.0-only
/*
 * provoke HOW: prints its pid, and has the kernel send it a signal when a line comes. Prints 0, and
 *ends, if this kernel cannot do that.
 *
 *	segv, bus, fpe, ill, trap	a fault
 *	real, virtual, prof		setitimer()
 *	timer				timer_create(), SIGUSR1
 *	cpu_soft, cpu_hard		RLIMIT_CPU
 *	file_size			RLIMIT_FSIZE
 *	filter_kill, filter_trap	a filter of seccomp
 *	pipe				a pipe without a reader
 *	mqueue				mq_notify(), SIGUSR1; a child of it sends the message
 *	bpf				bpf_send_signal(), SIGUSR1, in getppid()
 *	poison				says that a page of its memory is broken: for machines that
 *are thrown away
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "helper.h"

static void wait_for_line(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		continue;
}

static void say_pid(int pid)
{
	char line[32];

	say(line, snprintf(line, sizeof(line), "%d\n", pid));
}

static NORETURN void give_up(void)
{
	say_pid(0);
	_exit(0);
}

static void get_ready(void)
{
	say_pid(getpid());
	wait_for_line();
}

static NORETURN void burn(void)
{
	for (volatile long n = 0;; n++)
		continue;
}

static NORETURN void wait_forever(void)
{
	for (;;)
		pause();
}

/* ---- faults ---- */

static void segv(void)
{
	int *volatile nowhere = (int *)16;

	get_ready();
	*nowhere = 1;
}

/* A page of a file that has none. */
static void bus(void)
{
	volatile char *page;
	int fd = memfd_create("provoke", 0);

	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	get_ready();
	if (page == MAP_FAILED || page[0])
		die("mmap");
}

static void fpe(void)
{
#ifdef __x86_64__
	get_ready();
	asm volatile("xorl %%ecx, %%ecx; movl $1, %%eax; cltd; idivl %%ecx" ::
			 : "eax", "ecx", "edx");
#else
	give_up(); /* division by zero is 0 */
#endif
}

static void ill(void)
{
	get_ready();
#ifdef __x86_64__
	asm volatile("ud2");
#else
	asm volatile(".inst 0");
#endif
}

static void trap(void)
{
	get_ready();
#ifdef __x86_64__
	asm volatile("int3");
#else
	asm volatile("brk #0");
#endif
}

/* ---- timers and limits ---- */

static void itimer(int which)
{
	const struct itimerval soon = { .it_value.tv_usec = 1000 };

	get_ready();
	setitimer(which, &soon, NULL);
	burn();
}

static void real(void)
{
	itimer(ITIMER_REAL);
}

static void virtual(void)
{
	itimer(ITIMER_VIRTUAL);
}

static void prof(void)
{
	itimer(ITIMER_PROF);
}

static void timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	const struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	timer_t id;

	get_ready();
	if (timer_create(CLOCK_MONOTONIC, &event, &id) || timer_settime(id, 0, &soon, NULL))
		die("timer");
	wait_forever();
}

static void burn_until(rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };

	if (setrlimit(RLIMIT_CPU, &limit))
		die("RLIMIT_CPU");
	get_ready();
	burn();
}

static void cpu_soft(void)
{
	burn_until(1, 100);
}

static void cpu_hard(void)
{
	burn_until(1, 1);
}

static void file_size(void)
{
	const struct rlimit limit = { 1, 1 };
	int fd = memfd_create("provoke", 0);

	if (setrlimit(RLIMIT_FSIZE, &limit))
		die("RLIMIT_FSIZE");
	get_ready();
	while (write(fd, "xx", 2) > 0)
		continue;
}

/* ---- calls ---- */

static void filter(uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		die("seccomp");
	get_ready();
	getppid();
}

static void filter_kill(void)
{
	filter(SECCOMP_RET_KILL_PROCESS);
}

static void filter_trap(void)
{
	filter(SECCOMP_RET_TRAP);
}

static void pipe_closed(void)
{
	int fds[2];

	if (pipe(fds) || close(fds[0]))
		die("pipe");
	get_ready();
	if (write(fds[1], "x", 1) < 0)
		die("write");
}

static void mqueue(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 1 };
	char name[32];
	mqd_t queue;

	snprintf(name, sizeof(name), "/provoke-%d", getpid());
	queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
	if (queue < 0)
		give_up();
	mq_unlink(name);
	if (mq_notify(queue, &event))
		die("mq_notify");
	get_ready();
	if (!fork()) {
		mq_send(queue, "x", 1, 0);
		_exit(0);
	}
	wait_forever();
}

/* A program for all processes: it asks which of them runs. */
static int load_bpf(int pid)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 0, .imm = 32 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 0, .off = 2, .imm = pid },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = SIGUSR1 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_send_signal },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.insns = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

static void bpf(void)
{
	union bpf_attr attributes = { 0 };
	int program = load_bpf(getpid());

	if (program < 0)
		give_up();
	get_ready();
	attributes.raw_tracepoint.name = (uintptr_t) "sys_enter";
	attributes.raw_tracepoint.prog_fd = program;
	if (syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attributes, sizeof(attributes)) < 0)
		die("BPF_RAW_TRACEPOINT_OPEN");
	for (;;)
		getppid();
}

/* ---- the machine ---- */

static void poison(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	get_ready();
	page[0] = 1;
	if (madvise((void *)page, 4096, MADV_HWPOISON))
		die("MADV_HWPOISON");
	page[0] = 2;
}

static const struct {
	const char *how;
	void (*make)(void);
} ways[] = {
	{ "segv", segv },
	{ "bus", bus },
	{ "fpe", fpe },
	{ "ill", ill },
	{ "trap", trap },
	{ "real", real },
	{ "virtual", virtual },
	{ "prof", prof },
	{ "timer", timer },
	{ "cpu_soft", cpu_soft },
	{ "cpu_hard", cpu_hard },
	{ "file_size", file_size },
	{ "filter_kill", filter_kill },
	{ "filter_trap", filter_trap },
	{ "pipe", pipe_closed },
	{ "mqueue", mqueue },
	{ "bpf", bpf },
	{ "poison", poison },
};

int main(int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].how))
			ways[i].make();
	return EXIT_BROKEN;
}
