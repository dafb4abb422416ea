/* SPDX-License-Identifier: GPL-2.0-only */
/* The kill family through each way into the kernel, without libc in between. */
#ifndef KS_TESTS_CALLS_H
#define KS_TESTS_CALLS_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "helper.h"

enum entry { ENTRY_NATIVE, ENTRY_I386, ENTRY_X32 };

struct call {
	const char *name;
	long native, i386, x32; /* numbers; x32 without its bit */
	int arguments;
	int info; /* which argument is a siginfo; -1: none */
};

static const struct call calls[] = {
	{ "kill", SYS_kill, 37, 62, 2, -1 },
	{ "tkill", SYS_tkill, 238, 200, 2, -1 },
	{ "tgkill", SYS_tgkill, 270, 234, 3, -1 },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, 178, 524, 3, 2 },
	{ "rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, 335, 536, 4, 3 },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, 424, 424, 4, 2 },
};

/* A call to make, and what came of it. */
struct attempt {
	const struct call *call;
	enum entry entry;
	long args[4];
	long ret; /* raw: 0 or more, or -errno */
	int64_t before_ns, after_ns;
	int64_t coarse_ns; /* before, by the clock that audit takes */
};

#ifdef __x86_64__
static inline long enter_i386(long number, const long *args)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(number), "b"((uint32_t)args[0]), "c"((uint32_t)args[1]),
		       "d"((uint32_t)args[2]), "S"((uint32_t)args[3])
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static inline long enter_native(long number, const long *args)
{
	register long fourth asm("r10");
	long ret;

	fourth = args[3];
	asm volatile("syscall"
		     : "=a"(ret)
		     : "a"(number), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(fourth)
		     : "memory", "rcx", "r11");
	return ret;
}
#else
static inline long enter_i386(long number, const long *args)
{
	(void)number;
	(void)args;
	return -ENOSYS;
}

static inline long enter_native(long number, const long *args)
{
	long ret = syscall(number, args[0], args[1], args[2], args[3]);

	return ret < 0 ? -errno : ret;
}
#endif

static inline long call_number(const struct attempt *attempt)
{
	switch (attempt->entry) {
	case ENTRY_I386: return attempt->call->i386;
	case ENTRY_X32: return attempt->call->x32;
	default: return attempt->call->native;
	}
}

/* Async-signal-safe, and fine in the child of a vfork. */
static inline void make_call(struct attempt *attempt)
{
	long number = call_number(attempt);

	attempt->coarse_ns = clock_ns(CLOCK_REALTIME_COARSE);
	attempt->before_ns = now_ns();
	if (attempt->entry == ENTRY_I386)
		attempt->ret = enter_i386(number, attempt->args);
	else
		attempt->ret = enter_native(
		    attempt->entry == ENTRY_X32 ? number | 0x40000000 : number, attempt->args);
	attempt->after_ns = now_ns();
}

/* What a sender claims of itself; the layout is the entry's. */
struct claim {
	int code, pid, uid, value;
};

/* Where 32-bit callers can point to. */
static inline void *low_memory(size_t bytes)
{
#ifdef MAP_32BIT
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT;
#else
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#endif
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static inline long make_info(enum entry entry, int signal, const struct claim *claim)
{
	int *word = low_memory(sizeof(siginfo_t));
	/* si_pid; 64-bit layouts pad before it */
	int first = entry == ENTRY_NATIVE && sizeof(long) == 8 ? 4 : 3;

	word[0] = signal;
	word[2] = claim->code;
	word[first] = claim->pid;
	word[first + 1] = claim->uid;
	word[first + 2] = claim->value;
	return (long)word;
}

static inline const char *call_arch(enum entry entry)
{
#if defined(__aarch64__) || defined(__arm__)
	(void)entry;
	return sizeof(long) == 8 ? "aarch64" : "arm";
#else
	static const char *const names[] = { "x86_64", "i386", "x32" };

	return names[entry];
#endif
}

static inline void add_attempt(FILE *to, const struct attempt *attempt)
{
	const char *error = attempt->ret < 0 ? strerrorname_np(-attempt->ret) : NULL;

	fprintf(to, "{\"via\":\"%s\",\"arch\":\"%s\",\"syscall\":%ld,\"return\":%ld",
		attempt->call->name, call_arch(attempt->entry), call_number(attempt), attempt->ret);
	add_member(to, "error", error);
	fprintf(to, ",\"coarse_ns\":%lld,\"before_ns\":%lld,\"after_ns\":%lld,\"args\":[",
		(long long)attempt->coarse_ns, (long long)attempt->before_ns,
		(long long)attempt->after_ns);
	for (int i = 0; i < attempt->call->arguments; i++) {
		long long value = attempt->args[i];

		if (i == attempt->call->info)
			value = (unsigned long)attempt->args[i];
		fprintf(to, "%s%lld", i ? "," : "", value);
	}
	fputs("]", to);
}

#endif
