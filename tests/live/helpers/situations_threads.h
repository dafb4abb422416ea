/* SPDX-License-Identifier: GPL-2.0-only */
/* Situations: threads that send and threads that are hit. */
#ifndef KS_TESTS_SITUATIONS_THREADS_H
#define KS_TESTS_SITUATIONS_THREADS_H

#include <pthread.h>

#include "situations_calls.h"

/* ---- threads ---- */

struct thread_play {
	pthread_t thread;
	play *act;
	void *context;
	pid_t tid;
	int ends[2];
};

static NORETURN void *run_thread(void *context)
{
	struct thread_play *play = context;

	if (play->act)
		play->act(play->context);
	play->tid = syscall(SYS_gettid);
	report(play->ends[1], play->tid);
	for (;;)
		pause();
}

/* One that has done `act` when this returns, and then waits. */
static pid_t start_thread(play *act, void *context)
{
	struct thread_play *play = calloc(1, sizeof(*play));

	if (!play)
		die("memory");
	play->act = act;
	play->context = context;
	make_pipe(play->ends);
	if (pthread_create(&play->thread, NULL, run_thread, play))
		die("thread");
	return hear(play->ends[0]);
}

static void act_call_each(void *context)
{
	const struct process *target = context;

	prctl(PR_SET_NAME, "sender thread");
	call_each(ENTRY_NATIVE, *target, SIGUSR1, TARGETS(target->id));
	call_kill(make_gone(NULL), SIGUSR1, NO_TARGETS);
}

static void sent_by_thread(const struct situation *s)
{
	struct process target = start_plain();

	(void)s;
	start_thread(act_call_each, &target);
}

static void act_name_thread(void *context)
{
	prctl(PR_SET_NAME, context);
}

struct company {
	pid_t tid;
	play *act; /* of its thread */
	void *context;
	int report_to;
};

static void prepare_company(void *context)
{
	struct company *company = context;

	report(company->report_to, start_thread(company->act, company->context));
}

/* A process with a second thread, whose tid is put into `company`. */
static struct process start_company(struct company *company)
{
	struct process target;
	int ends[2];

	make_pipe(ends);
	company->report_to = ends[1];
	target = start(prepare_company, company);
	company->tid = hear(ends[0]);
	return target;
}

/* opid is the process, ocomm the thread that was hit; kill(2) takes a thread's number, too. */
static void hit_thread(const struct situation *s)
{
	struct company company = { .act = act_name_thread, .context = "hit thread" };
	struct process target = start_company(&company);
	struct aim aim = { target.pid, company.tid, .signal = s->number };

	need_entry(s->entry);
	aim.info = queue_info(s->entry, SIGUSR1);
	for (int via = TKILL; via < PIDFD; via++)
		if (via != QUEUE)
			call_aimed(s->entry, via, &aim, TARGETS(target.id));
	aim.pid = company.tid;
	call_aimed(s->entry, KILL, &aim, TARGETS(target.id));
	call_aimed(s->entry, QUEUE, &aim, TARGETS(target.id));
}

/* PIDFD_THREAD, since v6.9: the descriptor is of the second thread. */
static void pidfd_of_other_thread(const struct situation *s)
{
	struct company company = { .act = act_name_thread, .context = "hit thread" };
	struct process target = start_company(&company);
	int fd = syscall(SYS_pidfd_open, company.tid, O_EXCL);

	(void)s;
	if (fd < 0)
		skip("this kernel has no pidfds of threads");
	for (int flags = 0; flags < 3; flags++)
		call_pidfd(ENTRY_NATIVE, fd, flags, TARGETS(target.id));
	become_nobody();
	call_pidfd(ENTRY_NATIVE, fd, 0, TARGETS(target.id));
}

/* The kernel's ids belong to threads; libc keeps them alike, which it is not asked for here. */
static void act_own_ids(void *context)
{
	(void)context;
	if (syscall(SYS_setresgid, 11, 12, 13) || syscall(SYS_setresuid, 21, 22, 23))
		die("ids");
}

static void act_call_with_own_ids(void *context)
{
	act_own_ids(NULL);
	act_call_each(context);
}

static void thread_with_own_ids(const struct situation *s)
{
	struct company company = { .act = act_own_ids };
	struct process target = start_company(&company);

	(void)s;
	call_kill(company.tid, SIGUSR1, TARGETS(target.id));
	call_raw(TGKILL, target.pid, company.tid, SIGUSR1, 0, TARGETS(target.id));
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
	start_thread(act_call_with_own_ids, &target);
}

static void act_log_in(void *context)
{
	if (!can_write_text("/proc/thread-self/loginuid", context))
		skip("no login uid can be set");
}

static void thread_logged_in(const struct situation *s)
{
	struct company company = { .act = act_log_in, .context = "77" };
	struct process target = start_company(&company);

	(void)s;
	call_kill(company.tid, SIGUSR1, TARGETS(target.id));
	call_kill(target.pid, SIGUSR1, TARGETS(target.id));
}

#endif
