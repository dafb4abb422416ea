// SPDX-License-Identifier: GPL-2.0-only
/*
 * situations [--repeat N] [NAME...]   performs all situations, or those named
 * situations --list                   prints their names
 * situations --random N SEED          N calls in a random mix, by eight processes at once
 *
 * Each call is printed as one JSON line: situation, tgid, call, arch and args as audit writes them,
 * exit, and targets, whom audit lists for it. Other lines say "skip" and why, and the "tick_ns" of
 * audit's clock.
 */
#include <dirent.h>

#include "situations_arguments.h"
#include "situations_groups.h"
#include "situations_random.h"
#include "situations_senders.h"
#include "situations_targets.h"
#include "situations_who.h"

enum { STAGE_SECONDS = 60 };

#define I386 .entry = ENTRY_I386

static const struct situation situations[] = {
	/* the six calls */
	{ "success", each_succeeds, .number = SIGUSR1 },
	{ "success_i386", each_succeeds, .number = SIGUSR1, I386 },
	{ "success_kill", each_succeeds, .number = SIGKILL },
	{ "success_realtime", each_queues },
	{ "success_realtime_i386", each_queues, I386 },
	{ "denied", each_is_denied, .number = SIGUSR1 },
	{ "denied_i386", each_is_denied, .number = SIGUSR1, I386 },
	{ "gone", each_finds_nobody, .number = SIGUSR1 },
	{ "gone_i386", each_finds_nobody, .number = SIGUSR1, I386 },
	{ "signal_65", each_is_invalid, .number = 65 },
	{ "signal_65_i386", each_is_invalid, .number = 65, I386 },
	{ "signal_100", each_is_invalid, .number = 100 },
	{ "signal_minus_1", each_is_invalid, .number = -1 },
	{ "signal_minus_1_i386", each_is_invalid, .number = -1, I386 },
	{ "signal_65_gone", each_finds_nobody, .number = 65 },
	{ "probe", each_succeeds, .number = 0 },
	{ "probe_i386", each_succeeds, .number = 0, I386 },
	{ "probe_denied", each_is_denied, .number = 0 },
	{ "probe_denied_i386", each_is_denied, .number = 0, I386 },
	{ "probe_gone", each_finds_nobody, .number = 0 },
	{ "self", each_to_self, .number = SIGUSR1 },
	{ "self_i386", each_to_self, .number = SIGUSR1, I386 },
	{ "self_probe", each_to_self, .number = 0 },
	{ "odd_pids", odd_pids },
	{ "odd_pids_i386", odd_pids, I386 },
	{ "wrong_process", wrong_process },
	{ "wrong_process_i386", wrong_process, I386 },
	/* descriptors */
	{ "bad_pidfds", bad_pidfds },
	{ "bad_pidfds_i386", bad_pidfds, I386 },
	{ "proc_directory", proc_directory },
	{ "bad_pidfd_flags", bad_pidfd_flags },
	{ "bad_pidfd_flags_i386", bad_pidfd_flags, I386 },
	{ "pidfd_scope_thread", pidfd_scope, .number = 1 },
	{ "pidfd_scope_process", pidfd_scope, .number = 2 },
	{ "pidfd_scope_group", pidfd_scope, .number = 4 },
	{ "bad_group_flags", bad_group_flags, .number = SIGUSR1 },
	{ "bad_group_flags_probe", bad_group_flags, .number = 0 },
	{ "pidfd_self", pidfd_self },
	{ "pidfd_of_thread", pidfd_of_thread },
	{ "pidfd_of_other_thread", pidfd_of_other_thread },
	{ "pidfd_of_zombie", pidfd_of_zombie },
	/* siginfo */
	{ "forged_user", forged_code, .number = 0 },
	{ "forged_positive", forged_code, .number = 1 },
	{ "forged_kernel", forged_code, .number = 0x80 },
	{ "forged_kernel_i386", forged_code, .number = 0x80, I386 },
	{ "forged_tkill", forged_code, .number = -6 },
	{ "forged_user_to_self", forged_code_to_self, .number = 0 },
	{ "forged_user_to_self_i386", forged_code_to_self, .number = 0, I386 },
	{ "forged_positive_to_self", forged_code_to_self, .number = 1 },
	{ "forged_kernel_to_self", forged_code_to_self, .number = 0x80 },
	{ "forged_tkill_to_self", forged_code_to_self, .number = -6 },
	{ "claimed_timer", claimed_code, .number = -2 },
	{ "claimed_mesgq", claimed_code, .number = -3 },
	{ "claimed_asyncio", claimed_code, .number = -4 },
	{ "claimed_unknown", claimed_code, .number = -70 },
	{ "other_signal_in_info", other_signal_in_info },
	{ "other_signal_in_info_i386", other_signal_in_info, I386 },
	{ "bad_info", bad_info_pointer, .number = 8 },
	{ "bad_info_i386", bad_info_pointer, .number = 8, I386 },
	{ "bad_info_of_kernel", bad_info_pointer, .number = LONG_MIN },
	{ "null_info", null_info },
	{ "oversized_info", oversized_info },
	{ "queue_overflow", queue_overflow },
	{ "queue_overflow_i386", queue_overflow, I386 },
	/* registers */
	{ "wide_registers", wide_registers },
	{ "wide_registers_i386", wide_registers, I386 },
	{ "wide_failures", wide_failures },
	{ "wide_failures_i386", wide_failures, I386 },
	/* groups */
	{ "group_of_1", group_of, .number = 1 },
	{ "group_of_16", group_of, .number = 16 },
	{ "group_of_17", group_of, .number = 17 },
	{ "group_of_18", group_of, .number = 18 },
	{ "group_of_40", group_of, .number = 40 },
	{ "group_of_40_i386", group_of, .number = 40, I386 },
	{ "group_probe", group_probe, .number = 40 },
	{ "group_probe_i386", group_probe, .number = 4, I386 },
	{ "group_mixed", group_mixed, .number = 20 },
	{ "group_mixed_one", group_mixed, .number = 1 },
	{ "group_mixed_i386", group_mixed, .number = 20, I386 },
	{ "group_denied", group_mixed, .number = 0 },
	{ "group_denied_i386", group_mixed, .number = 0, I386 },
	{ "group_invalid", group_invalid },
	{ "group_invalid_i386", group_invalid, I386 },
	{ "group_gone", group_gone },
	{ "group_gone_i386", group_gone, I386 },
	{ "group_own", group_own },
	{ "group_own_i386", group_own, I386 },
	{ "group_with_zombie", group_with_zombie },
	{ "group_without_leader", group_without_leader },
	/* pid namespaces */
	{ "namespace_all", inside_namespace, "all" },
	{ "namespace_all_as_init", inside_namespace, "all_as_init" },
	{ "namespace_all_empty", inside_namespace, "all_empty" },
	{ "namespace_all_i386", inside_namespace, "all_i386", I386 },
	{ "namespace_all_mixed", inside_namespace, "all_mixed" },
	{ "namespace_all_denied", inside_namespace, "all_denied" },
	{ "namespace_one", inside_namespace, "one" },
	{ "namespace_group", inside_namespace, "group" },
	{ "namespace_init", inside_namespace, "init" },
	{ "namespace_outsider", inside_namespace, "outsider" },
	{ "namespace_self", inside_namespace, "self" },
	{ "namespace_self_as_init", inside_namespace, "self_as_init" },
	{ "namespace_deeper", inside_namespace, "deeper" },
	{ "into_namespace", into_namespace },
	/* who they are */
	{ "unlike_ids", unlike_ids },
	{ "saved_id_permits", saved_id_permits },
	{ "file_system_ids", file_system_ids },
	{ "many_groups", many_groups },
	{ "huge_ids", huge_ids },
	{ "without_cap_kill", without_cap_kill },
	{ "landlocked", landlocked },
	{ "user_namespace", user_namespace },
	{ "logged_in", logged_in },
	{ "logged_in_highest", logged_in_highest },
	{ "on_terminal", on_terminal },
	{ "hung_up", hung_up },
	{ "continue_in_session", continue_in_session },
	{ "personality_no_randomize", with_personality, .number = ADDR_NO_RANDOMIZE },
	{ "personality_linux32", with_personality, .number = PER_LINUX32 },
	{ "personality_all", with_personality, .number = 0xfffffffe },
	{ "name_blank", with_name, "a b" },
	{ "name_quote", with_name, "a\"b" },
	{ "name_control", with_name, "a\x01\x7f\x1b[1m" },
	{ "name_high", with_name, "\xc3\xa9\xff\x80" },
	{ "name_empty", with_name, "" },
	{ "name_full", with_name, "fifteen-bytes--" },
	{ "name_newline", with_name, "a\ntype=SYSCALL" },
	{ "name_backslash", with_name, "a\\'%s" },
	{ "name_hex", with_name, "6162" },
	/* threads */
	{ "sent_by_thread", sent_by_thread },
	{ "hit_thread", hit_thread, .number = SIGUSR1 },
	{ "hit_thread_probe", hit_thread, .number = 0 },
	{ "hit_thread_i386", hit_thread, .number = SIGUSR1, I386 },
	{ "thread_with_own_ids", thread_with_own_ids },
	{ "thread_logged_in", thread_logged_in },
	{ "dead_leader", dead_leader },
	{ "sender_without_leader", sender_without_leader },
	/* targets */
	{ "zombie", zombie_target, .number = SIGUSR1 },
	{ "zombie_probe", zombie_target, .number = 0 },
	{ "zombie_kill", zombie_target, .number = SIGKILL },
	{ "stopped_target", stopped_target },
	{ "traced_target", traced_target },
	{ "killed_twice", killed_twice },
	{ "ignored_signals", ignored_signals },
	{ "every_signal", every_signal },
	{ "kernel_thread", kernel_thread },
	{ "init_process", init_process },
	/* senders */
	{ "suicide", suicide, .number = SIGKILL },
	{ "suicide_i386", suicide, .number = SIGKILL, I386 },
	{ "suicide_term", suicide, .number = SIGTERM },
	{ "suicide_abort", suicide, .number = SIGABRT },
	{ "suicide_realtime", suicide, .number = 36 },
	{ "suicide_of_group", suicide_of_group, .number = SIGKILL },
	{ "suicide_of_group_hup", suicide_of_group, .number = SIGHUP },
	{ "killed_by_thread", killed_by_thread, .number = SIGKILL },
	{ "killed_by_thread_term", killed_by_thread, .number = SIGTERM },
	{ "aborted", aborted },
	{ "raised", raised },
	{ "sent_by_vfork", sent_by_vfork },
	{ "sent_by_clone_vm", sent_by_clone, .number = CLONE_VM },
	{ "sent_by_clone_files", sent_by_clone, .number = CLONE_VM | CLONE_FILES | CLONE_FS },
	{ "sent_by_clone_sighand", sent_by_clone, .number = CLONE_VM | CLONE_SIGHAND },
	{ "sent_by_clone_vfork", sent_by_clone, .number = CLONE_VM | CLONE_VFORK },
	{ "sent_by_sibling", sent_by_sibling },
	{ "orphaned_sender", orphaned_sender },
	{ "orphaned_to_init", orphaned_sender, .flags = TO_INIT },
	{ "exec_after", exec_after },
	{ "exec_between", exec_between },
	{ "brief_senders", brief_senders },
	{ "no_new_privileges", no_new_privileges },
	{ "seccomp_errno", seccomp_errno },
	{ "seccomp_kill_process", seccomp_kill, .number = SECCOMP_RET_KILL_PROCESS },
	{ "seccomp_kill_thread", seccomp_kill, .number = SECCOMP_RET_KILL_THREAD },
	{ "seccomp_trap", seccomp_kill, .number = SECCOMP_RET_TRAP },
	{ "seccomp_log", seccomp_log },
	{ "traced_sender", traced_sender, .number = SIGUSR1 },
	{ "traced_sender_altered", traced_sender, .number = SIGUSR2 },
	/* programs */
	{ "exe_blank", exe_named, "a b" },
	{ "exe_quote", exe_named, "a\"b" },
	{ "exe_high", exe_named, "\xc3\xa9\xff" },
	{ "exe_newline", exe_named, "a\nexe=\"true\"" },
	{ "exe_control", exe_named, "\x01\x7f" },
	{ "exe_deleted_by_name", exe_named, "a (deleted)" },
	{ "exe_long_name", exe_named, "fifteen-bytes-and-some-more-of-them" },
	{ "exe_300", exe_long, "p", 300 },
	{ "exe_300_blank", exe_long, " ", 300 },
	{ "exe_520", exe_long, "q", 520 },
	{ "exe_2000", exe_long, "r", 2000 },
	{ "exe_4000", exe_long, "s", 4000 },
	{ "exe_4095", exe_long, "t", 4095 },
	{ "exe_beyond_path_max", exe_too_long, .number = 20 },
	{ "exe_far_beyond_path_max", exe_too_long, .number = 60 },
	{ "exe_deleted", exe_moved, "delete" },
	{ "exe_renamed", exe_moved, "rename" },
	{ "exe_in_memory", exe_in_memory, "plain" },
	{ "exe_in_memory_hostile", exe_in_memory, "a b\"\n\xff" },
	{ "exe_in_memory_unnamed", exe_in_memory, "" },
	{ "exe_by_link", exe_by_link },
	{ "exe_of_script", exe_of_script },
	{ "exe_inside_root", exe_inside_root },
	{ "exe_outside_root", exe_outside_root },
	{ "root_after_exec", root_after_exec },
	{ "pivoted_root", pivoted_root },
	{ "exe_on_mount", exe_on_mount, "plain" },
	{ "exe_on_detached_mount", exe_on_mount, "detach" },
	{ "exe_below_mount", exe_on_mount, "mount_namespace" },
	{ "exe_is_mount", exe_is_mount, "plain" },
	{ "exe_is_detached_mount", exe_is_mount, "detach" },
	{ "exe_on_nested_mounts", exe_on_nested_mounts },
	{ "exe_on_overlay", exe_on_overlay },
	/* arguments */
	{ "argument_blank", argument, "two words" },
	{ "argument_quote", argument, "\"quoted\"" },
	{ "argument_newline", argument, "a\ntype=PROCTITLE" },
	{ "argument_high", argument, "\xc3\xa9\xff\x80" },
	{ "argument_trailing_blanks", argument, "blanks  \t\n" },
	{ "argument_control", argument, "\x01" },
	{ "argument_none", argument, "" },
	{ "argument_single", argument, "single" },
	{ "arguments_of_127", arguments_of_bytes, .number = 127 },
	{ "arguments_of_128", arguments_of_bytes, .number = 128 },
	{ "arguments_of_129", arguments_of_bytes, .number = 129 },
	{ "arguments_of_2049", arguments_of_bytes, .number = 2049 },
	{ "arguments_of_5000", arguments_of_bytes, .number = 5000 },
	{ "arguments_of_100000", arguments_of_bytes, .number = 100000 },
	{ "no_arguments", no_arguments },
	{ "many_arguments", many_arguments },
	{ "title_over_20", titled, "title_over", 20 },
	{ "title_over_127", titled, "title_over", 127 },
	{ "title_over_128", titled, "title_over", 128 },
	{ "title_over_200", titled, "title_over", 200 },
	{ "title_over_2048", titled, "title_over", 2048 },
	{ "title_cleared_40", titled, "title_cleared", 40 },
	{ "title_cleared_128", titled, "title_cleared", 128 },
	{ "title_cleared_3000", titled, "title_cleared", 3000 },
	{ "title_blank_40", titled, "title_blank", 40 },
	{ "title_blank_100", titled, "title_blank", 100 },
	{ "title_blank_127", titled, "title_blank", 127 },
	{ "title_blank_128", titled, "title_blank", 128 },
	{ "title_blank_300", titled, "title_blank", 300 },
	{ "title_endless", odd_arguments, "title_endless", 10 },
	{ "title_endless_200", odd_arguments, "title_endless", 200 },
	{ "title_control", odd_arguments, "title_control", 10 },
	{ "arguments_protected", odd_arguments, "protect", 10 },
	{ "arguments_unmapped", odd_arguments, "unmap", 10 },
	{ "arguments_elsewhere", odd_arguments, "elsewhere", 10 },
	{ "arguments_moved_empty", odd_arguments, "empty", 10 },
	{ "arguments_in_file", odd_arguments, "in_file", 10 },
	{ "arguments_half_there", odd_arguments, "half", 10 },
	{ "changing_title", changing_title },
};

enum { SITUATIONS = sizeof(situations) / sizeof(situations[0]) };

/* ---- a stage for each ---- */

/* SIGCHLD is blocked here, and so waited for. False: in time, there was none. */
static bool wait_for_child(const struct timespec *end)
{
	struct timespec now, left = {};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec >= end->tv_sec)
		return false;
	left.tv_sec = end->tv_sec - now.tv_sec;
	return sigtimedwait(&child, NULL, &left) == SIGCHLD || errno == EINTR;
}

/* All children, adopted ones too. Returns the status of `first`, or -1 if time ran out. */
static int wait_for_all(pid_t first)
{
	int status, ret_status = -1;
	struct timespec end;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += STAGE_SECONDS;
	do {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == first)
				ret_status = status;
		if (pid < 0 && errno == ECHILD)
			return ret_status;
	} while (wait_for_child(&end));
	kill(first, SIGKILL);
	return -1;
}

static NORETURN void play_stage(const struct situation *s)
{
	die_with_parent();
	block_signals();
	open_curtain();
	setsid();
	s->perform(s);
	_exit(0);
}

/* By descriptors: paths may be longer than the kernel takes. */
static void clear_directory(int fd)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;

	if (!directory)
		die(work_dir);
	while ((entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!unlinkat(fd, entry->d_name, 0) || errno != EISDIR)
			continue;
		clear_directory(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	closedir(directory);
}

/* What one has left there, the next one must not find. */
static void clear_work_dir(void)
{
	clear_directory(open(work_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* 0, or 1 if it went wrong. */
static int perform(const struct situation *s)
{
	int status;
	pid_t pid;

	situation_name = s->name;
	prctl(PR_SET_CHILD_SUBREAPER, !(s->flags & TO_INIT));
	pid = fork();
	if (!pid)
		play_stage(s);
	status = wait_for_all(pid);
	clear_work_dir();
	if (status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED))
		return 0;
	fprintf(stderr, "%s: broken, status 0x%x\n", s->name, status);
	return 1;
}

static bool is_asked_for(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static int perform_all(long repeat, char **names)
{
	int broken = 0, n = 0;

	for (long i = 0; i < repeat; i++)
		for (int at = 0; at < SITUATIONS; at++)
			if (is_asked_for(situations[at].name, names)) {
				broken += perform(&situations[at]);
				n++;
			}
	if (!n)
		fputs("there are no such situations; try --list\n", stderr);
	return broken || !n ? EXIT_BROKEN : 0;
}

/* ---- main ---- */

static void print_names(void)
{
	for (int i = 0; i < SITUATIONS; i++)
		puts(situations[i].name);
	fflush(stdout);
}

static void make_work_dir(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(work_dir, sizeof(work_dir), "%s/situations.XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(work_dir) || chmod(work_dir, 0755))
		die(work_dir);
}

/* How fine audit's clock is: CLOCK_REALTIME_COARSE, kernel/auditsc.c. */
static void print_tick(void)
{
	struct timespec tick;
	struct line line = {};

	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	add(&line, "{\"tick_ns\":%ld}\n", tick.tv_nsec);
	say(line.text, line.length);
}

static int perform_named(char **argv)
{
	long repeat = 1;
	sigset_t child;
	int ret;

	if (argv[1] && argv[2] && !strcmp(argv[1], "--repeat")) {
		repeat = atol(argv[2]);
		argv += 2;
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	make_work_dir();
	ret = perform_all(repeat, argv + 1);
	if (rmdir(work_dir))
		die(work_dir);
	return ret;
}

int main(int argc, char **argv)
{
	const char *order = getenv("SENDER");

	own_argv = argv;
	if (argc == 2 && !strcmp(argv[1], "--quit"))
		return 0;
	if (order)
		sender_main(order);
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		print_names();
		return 0;
	}
	open_proc();
	print_tick();
	if (argc == 4 && !strcmp(argv[1], "--random"))
		return perform_random(atol(argv[2]), atoi(argv[3]));
	return perform_named(argv);
}
