// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "formats.h"
#include "enrich/users.h"

#define STAMP "msg=audit(1634658845.864:1): "
#define IDS "ppid=1 pid=10 auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "

/*
 * The system's databases, replaced: one user and one group have a name, both by this number. The
 * linker prefers these functions to the C library's.
 */
static uint32_t named_id;
static char *user_name, *group_name;

int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t bytes, struct passwd **ret)
{
	(void)buffer;
	(void)bytes;
	entry->pw_name = user_name;
	*ret = uid == named_id && user_name ? entry : NULL;
	return 0;
}

int getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t bytes, struct group **ret)
{
	(void)buffer;
	(void)bytes;
	entry->gr_name = group_name;
	*ret = gid == named_id && group_name ? entry : NULL;
	return 0;
}

static void name_both(char *user, char *group)
{
	users_forget();
	named_id = 4242;
	user_name = user;
	group_name = group;
}

static struct event *new_kernel(void)
{
	struct event *event = new_kill();

	event->signal.origin = KS_ORIGIN_KERNEL;
	event->signal.call = (struct event_call){ 0 };
	return event;
}

static void test_audit(void **state)
{
	(void)state;
	assert_string_equal(
	    format_one(&format_audit, new_kill()),
	    "type=SYSCALL " STAMP "arch=c000003e syscall=62 success=yes exit=0 a0=14 a1=9 a2=0 "
	    "a3=0 items=0 " IDS "tty=(none) ses=4294967295 comm=\"sh\" exe=\"/usr/bin/dash\" "
	    "key=(null)\n"
	    "type=OBJ_PID " STAMP "opid=20 oauid=-1 ouid=0 oses=-1 ocomm=\"svc\"\n"
	    "type=PROCTITLE " STAMP "proctitle=73680078646B696C6C2E7368003230\n");
}

/* One of a storm: `coarse_ns` is its time. */
static struct event *new_repeated(uint64_t coarse_ns, int64_t ret)
{
	struct event *event = new_kill();

	/* Names that imitate the begin of a record. */
	memcpy(event->signal.target.ids.comm, "x_msg=audit(1)", 15);
	memcpy(event->signal.sender.ids.comm, " msg=audit(2)", 14);
	event->signal.repeat.of = 7;
	event->signal.call.coarse_ns = coarse_ns;
	event->signal.call.ret = ret;
	return event;
}

/* The second of equal calls has the text of the first: as if it were made anew. */
static void check_repeated(uint64_t coarse_ns, int64_t ret)
{
	char *again;

	reopen(&format_audit);
	format_one(&format_audit, new_repeated(1000000, 0));
	again = strdup(format_one(&format_audit, new_repeated(coarse_ns, ret)));
	assert_non_null(again);
	reopen(&format_audit);
	format_one(&format_audit, new_kill());
	assert_string_equal(again, format_one(&format_audit, new_repeated(coarse_ns, ret)));
	free(again);
}

static void test_audit_repeated(void **state)
{
	(void)state;
	check_repeated(1000000, 0);
	check_repeated(TIME_NS, 0);
	check_repeated(TIME_NS, -EPERM);
	check_repeated(999999999999999999, 0);
}

/* Every number is another one, so that none can take the place of its neighbour. */
static void test_audit_numbers(void **state)
{
	struct event *event = new_kill();
	struct ks_ids *ids = &event->signal.sender.ids, *target = &event->signal.target.ids;

	(void)state;
	ids->process.pid = 101;
	ids->process.vpid = 1; /* audit counts in the initial namespace */
	ids->ppid = 102;
	ids->auid = 103;
	ids->uid = 104;
	ids->gid = 105;
	ids->euid = 106;
	ids->suid = 107;
	ids->fsuid = 108;
	ids->egid = 109;
	ids->sgid = 110;
	ids->fsgid = 111;
	ids->ses = 112;
	strcpy(ids->tty, "pts0");
	event->signal.personality = 0x40000;
	event->signal.call.arch = 0x40000003;
	event->signal.call.nr = 270;
	event->signal.call.args[0] = UINT64_MAX;
	event->signal.call.args[1] = 0xffffffff;
	event->signal.call.args[2] = 0xabc;
	event->signal.call.args[3] = 0x7ffd00000000;
	event->signal.call.ret = -EPERM;
	target->process.pid = 201;
	target->process.vpid = 2;
	target->auid = 202;
	target->uid = 203;
	target->ses = 204;
	assert_string_equal(
	    format_one(&format_audit, event),
	    "type=SYSCALL " STAMP "arch=40000003 syscall=270 per=40000 success=no exit=-1 "
	    "a0=ffffffffffffffff a1=ffffffff a2=abc a3=7ffd00000000 items=0 ppid=102 pid=101 "
	    "auid=103 uid=104 gid=105 euid=106 suid=107 fsuid=108 egid=109 sgid=110 fsgid=111 "
	    "tty=pts0 ses=112 comm=\"sh\" exe=\"/usr/bin/dash\" key=(null)\n"
	    "type=OBJ_PID " STAMP "opid=201 oauid=202 ouid=203 oses=204 ocomm=\"svc\"\n"
	    "type=PROCTITLE " STAMP "proctitle=73680078646B696C6C2E7368003230\n");
}

/* x32 calls keep their bit, and uids above INT_MAX are signed in OBJ_PID only. */
static void test_audit_large(void **state)
{
	struct event *event = new_kill();
	const char *text;

	(void)state;
	event->signal.call.nr = 0x40000000 | 62;
	event->signal.sender.ids.uid = event->signal.target.ids.uid = UINT32_MAX - 1;
	text = format_one(&format_audit, event);
	assert_non_null(strstr(text, " syscall=1073741886 "));
	assert_non_null(strstr(text, " uid=4294967294 "));
	assert_non_null(strstr(text, " ouid=-2 "));
}

static void check_record(struct event *event, const char *part)
{
	const char *text = format_one(&format_audit, event);

	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
	forget_processes();
}

static void check_exe(const char *exe, uint32_t flags, const char *part)
{
	struct event *event = new_kill();
	struct process *process = event->signal.sender.process;

	free(process->exe);
	process->exe = process->exe_in_root = exe ? strdup(exe) : NULL;
	process->flags = flags;
	check_record(event, part);
}

static void test_audit_exe(void **state)
{
	struct event *event;

	(void)state;
	check_exe("/bin/kill", 0, " exe=\"/bin/kill\" key=");
	check_exe("/bin/kill", KS_FLAG_CWD_DELETED, " exe=\"/bin/kill\" key=");
	check_exe("/x", KS_FLAG_EXE_DELETED, " exe=2F78202864656C6574656429 key=");
	check_exe("/a b", 0, " exe=2F612062 key=");
	check_exe("/\"", 0, " exe=2F22 key=");
	check_exe(NULL, 0, " exe=(null) key=");
	check_exe(NULL, KS_FLAG_EXE_DELETED, " exe=(null) key=");
	event = new_kill();
	process_put(event->signal.sender.process);
	event->signal.sender.process = NULL;
	check_record(event, " exe=(null) key=");
	/* d_path starts at the process's own root directory. */
	event = new_kill();
	event->signal.sender.process->exe_in_root = strdup("/dash");
	check_record(event, " exe=\"/dash\" key=");
}

static void check_comm(const char *comm, const char *part)
{
	struct event *event = new_kill();

	memset(event->signal.sender.ids.comm, 0, KS_COMM_BYTES);
	memcpy(event->signal.sender.ids.comm, comm, strnlen(comm, KS_COMM_BYTES));
	check_record(event, part);
}

static void test_audit_comm(void **state)
{
	(void)state;
	check_comm("", " comm=\"\" exe=");
	check_comm("a b              ", " comm=61206220202020202020202020202020 exe=");
	check_comm("\xc3\xa9             ", " comm=C3A9");
	check_comm("!~#$%&'()*+,-./:", " comm=\"!~#$%&'()*+,-./:\" exe="); /* all 16 bytes */
	check_comm("a\"b             ", " comm=612262");
}

/* A result that no hook saw: the signal was sent, so the call with one target succeeded. */
static void test_audit_outcome(void **state)
{
	struct event *event = new_kill();

	(void)state;
	event->signal.call.ret_known = false;
	event->signal.call.ret = -1;
	check_record(event, " success=yes exit=0 ");
	event = new_kill();
	event->signal.call.ret = -ESRCH;
	check_record(event, " success=no exit=-3 ");
	event = new_kill();
	event->signal.call.ret = INT64_MIN;
	check_record(event, " success=no exit=-9223372036854775808 ");
	event = new_kill();
	event->signal.call.ret = 5;
	check_record(event, " success=yes exit=5 ");
}

/* Only a full queue shows that a call failed whose return no hook saw. */
static void test_audit_overflow(void **state)
{
	struct event *event = new_kill();

	(void)state;
	event->signal.call.ret_known = false;
	event->signal.result = RESULT_OVERFLOW;
	check_record(event, " success=no exit=-11 ");
}

static void test_audit_time_of_entry(void **state)
{
	struct event *event = new_kill();

	(void)state;
	event->signal.call.entry_ns = TIME_NS + 1000000;
	check_record(event, "type=OBJ_PID msg=audit(1634658845.865:");
	event = new_kill();
	event->signal.call.entry_ns = TIME_NS + 1000000;
	event->signal.call.coarse_ns = TIME_NS - 1000000;
	check_record(event, "type=PROCTITLE msg=audit(1634658845.863:");
}

/* d_path() finds no room for it. */
static void check_long_exe(size_t length, bool fits)
{
	struct event *event = new_kill();
	struct process *sender = event->signal.sender.process;
	char want[5000];

	free(sender->exe);
	sender->exe = sender->exe_in_root = calloc(1, length + 1);
	memset(sender->exe, 'x', length);
	snprintf(want, sizeof(want), " exe=\"%s\"", fits ? sender->exe : "<too_long>");
	check_record(event, want);
}

static void test_audit_exe_too_long(void **state)
{
	(void)state;
	check_long_exe(4106, true);
	check_long_exe(4107, false);
}

/* Each at its place, as it is: audit_log_task_context() and audit_log_pid_context(). */
static void test_audit_labels(void **state)
{
	struct event *event = new_kill();

	(void)state;
	set_label(&event->signal.sender, "u:r:t:s0-s0:c0.c1023");
	set_label(&event->signal.target, "two words//&unconfined");
	assert_string_equal(
	    format_one(&format_audit, event),
	    "type=SYSCALL " STAMP "arch=c000003e syscall=62 success=yes exit=0 a0=14 a1=9 a2=0 "
	    "a3=0 items=0 " IDS "tty=(none) ses=4294967295 comm=\"sh\" exe=\"/usr/bin/dash\" "
	    "subj=u:r:t:s0-s0:c0.c1023 key=(null)\n"
	    "type=OBJ_PID " STAMP "opid=20 oauid=-1 ouid=0 oses=-1 obj=two words//&unconfined "
	    "ocomm=\"svc\"\n"
	    "type=PROCTITLE " STAMP "proctitle=73680078646B696C6C2E7368003230\n");
}

static void check_label(const char *label, const char *part)
{
	struct event *event = new_kill();

	set_label(&event->signal.sender, label);
	check_record(event, part);
}

/* In complain mode, AppArmor names profiles after paths that any user may choose. */
static void test_audit_hostile_label(void **state)
{
	(void)state;
	check_label("x//null-/a\"'\\b", " subj=x//null-/a\"'\\b key=");
	check_label("x//null-/caf\xc3\xa9", " subj=x//null-/caf\xc3\xa9 key=");
	check_label("a\ntype=SYSCALL ", " subj=610A747970653D53595343414C4C20 key=");
	check_label("\x1d", " subj=1D key=");
	check_label("\x1b[m", " subj=1B5B6D key=");
	check_label("\x7f", " subj=7F key=");
	check_label("\xc2\x9b", " subj=C29B key=");
	check_label("\xff", " subj=FF key=");
	check_label("\xe2\x80\xae", " subj=E280AE key=");
	check_label("", " subj= key=");
}

static void test_audit_no_target(void **state)
{
	struct event *event = new_kill();
	const char *text;

	(void)state;
	task_clear(&event->signal.target);
	event->signal.call.ret = -ESRCH;
	text = format_one(&format_audit, event);
	assert_int_equal(count(text, "\n"), 2);
	assert_null(strstr(text, "OBJ_PID"));
}

/* An argument that is not looked at: kill(pid, 100), or a siginfo that only the kernel may send. */
static void test_audit_unchecked_target(void **state)
{
	struct event *event = new_kill();

	(void)state;
	event->signal.target.flags &= ~KS_FLAG_PERMISSION_CHECKED;
	assert_null(strstr(format_one(&format_audit, event), "OBJ_PID"));
}

static void check_title_in(const char *argv, size_t bytes, size_t arg_area_bytes, const char *part)
{
	struct event *event = new_kill();

	set_live_argv(&event->signal.sender, argv, bytes, arg_area_bytes);
	check_record(event, part);
}

static void check_title(const char *argv, size_t bytes, const char *part)
{
	check_title_in(argv, bytes, bytes, part);
}

#define CHECK_TITLE(argv, want) check_title(argv, sizeof(argv) - 1, " proctitle=" want "\n")

static void test_audit_title(void **state)
{
	char title[200];

	(void)state;
	CHECK_TITLE("-bash\0", "\"-bash\"");
	CHECK_TITLE("-bash", "\"-bash\"");
	CHECK_TITLE("sh\0-c\0", "7368002D63");
	CHECK_TITLE("a b\0", "612062");
	CHECK_TITLE("a \0", "6120"); /* a blank is printable */
	CHECK_TITLE("a\n\0\0\x1b\0", "\"a\"");
	CHECK_TITLE("a\0\0b\0", "61000062");
	CHECK_TITLE("", "\"(null)\"");
	CHECK_TITLE("\0", "\"(null)\"");
	CHECK_TITLE("\n\0\x7f", "\"(null)\"");
	CHECK_TITLE("\x01z", "017A");
	memset(title, 'x', sizeof(title));
	check_title(title, 200, "xxxx\"\n");
	title[127] = 'y';
	title[128] = 'z';
	check_title(title, 128, "xy\"\n");
	check_title(title, 129, "xy\"\n");
	title[127] = '\n';
	check_title(title, 200, "xx\"\n"); /* cut first, then trimmed */
}

/* Written over the arguments, whose last NUL is gone: get_cmdline(), mm/util.c. */
static void test_audit_title_rewritten(void **state)
{
	char title[200];

	(void)state;
	CHECK_TITLE("ab\0b", "\"ab\"");
	check_title_in("abcdef\0g", 8, 4, " proctitle=\"abcdef\"\n");
	check_title_in("abc\0ef\0g", 8, 4, " proctitle=\"abc\"\n");
	memset(title, 'x', sizeof(title));
	memset(title + 2, 0, 2);
	check_title_in(title, 200, 127, " proctitle=\"xx\"\n");
	check_title_in(title, 200, 128, "7878\n"); /* no title: the area fills the buffer */
	memset(title, 'x', sizeof(title));
	check_title_in(title, 200, 100, "xxxx\"\n");
}

static struct event *new_titled(const char *title, uint32_t tid)
{
	struct event *event = new_kill();

	set_live_argv(&event->signal.sender, title, strlen(title) + 1, strlen(title) + 1);
	event->signal.sender.ids.tid = tid;
	return event;
}

static void check_kept(struct event *event, const char *part)
{
	assert_non_null(strstr(format_one(&format_audit, event), part));
}

/* What audit shows if it looked before the sender was killed. */
static void test_audit_title_living(void **state)
{
	struct event *dying = new_titled("alive", 10);
	struct strbuf title = { 0 };

	(void)state;
	dying->signal.call.sigkill_pending = true;
	format_audit_living_title(formatter_of(&format_audit), &title, dying);
	assert_string_equal(strbuf_str(&title), "\"alive\"");
	strbuf_free(&title);
	event_free(dying);
	reopen(&format_audit);
}

/* Audit reads a thread's title once, when it first finds one. */
static void test_audit_title_kept(void **state)
{
	struct event *dying = new_titled("gone", 10);

	(void)state;
	dying->signal.call.sigkill_pending = true;
	check_kept(dying, " proctitle=\"(null)\"\n");
	check_kept(new_titled("first", 10), " proctitle=\"first\"\n");
	check_kept(new_titled("second", 10), " proctitle=\"first\"\n");
	check_kept(new_titled("other", 11), " proctitle=\"other\"\n");
	dying = new_titled("gone", 10);
	dying->signal.call.sigkill_pending = true;
	check_kept(dying, " proctitle=\"first\"\n");
	reopen(&format_audit);
	check_kept(new_titled("second", 10), " proctitle=\"second\"\n");
}

/* The kernel's isprint() is that of Latin-1: lib/ctype.c. */
static void test_audit_title_latin1(void **state)
{
	(void)state;
	CHECK_TITLE("caf\xc3\xa9\0", "636166C3A9");
	CHECK_TITLE("\xff\0", "FF");
	CHECK_TITLE("\xa0", "A0");
	CHECK_TITLE("a\x80\x9f\0", "\"a\"");
	CHECK_TITLE("\xc3\x89\0", "C3");
}

static void test_audit_title_unknown(void **state)
{
	struct event *event = new_kill();

	(void)state;
	free(event->signal.sender.process->argv);
	event->signal.sender.process->argv = NULL;
	check_record(event, " proctitle=\"(null)\"\n");
}

/* ---- several targets ---- */

/* The opids as ranges: "33-39 17-32 1-16 0". Target i of the call has the pid 1000 + i. */
static void check_order(size_t n, const char *want)
{
	struct event *events[64];
	char got[512] = "";
	size_t length = 0;
	long first = -1, last = -1;
	const char *text;

	for (size_t i = 0; i < n; i++) {
		events[i] = new_kill();
		events[i]->signal.target.ids.process = make_ref(1000 + i);
		events[i]->signal.call.index = i;
		events[i]->signal.call.targets = n;
	}
	text = format_batch(&format_audit, events, n);
	assert_int_equal(count(text, "\n"), n + 2);
	assert_int_equal(count(text, ":1): "), n + 2); /* one serial */
	for (const char *at = text; at; at = strstr(at + 1, " opid=")) {
		const char *next = strstr(at + 1, " opid=");
		long pid = at == text ? -2 : atol(at + 6) - 1000;

		if (pid >= 0 && (pid != last + 1 || first < 0))
			first = pid;
		last = pid;
		if (pid < 0 || (next && atol(next + 6) - 1000 == pid + 1))
			continue;
		length +=
		    snprintf(got + length, sizeof(got) - length, "%s%ld", length ? " " : "", first);
		if (first != last)
			length += snprintf(got + length, sizeof(got) - length, "-%ld", last);
	}
	assert_string_equal(got, want);
	forget_processes();
}

/* audit_signal_info_syscall() and audit_log_exit(), kernel/auditsc.c. */
static void test_audit_targets(void **state)
{
	(void)state;
	check_order(1, "0");
	check_order(2, "1 0");
	check_order(3, "1-2 0");
	check_order(16, "1-15 0");
	check_order(17, "1-16 0");
	check_order(18, "17 1-16 0");
	check_order(33, "17-32 1-16 0");
	check_order(34, "33 17-32 1-16 0");
	check_order(40, "33-39 17-32 1-16 0");
}

static void check_serial(struct event *event, const char *want)
{
	assert_non_null(strstr(format_one(&format_audit, event), want));
}

/* A serial counts what has records. */
static void test_audit_serial(void **state)
{
	(void)state;
	assert_string_equal(format_one(&format_audit, new_lost(2)),
			    "# note: 2 events lost here (ring_full), in the ring bulk\n");
	check_serial(new_kill(), ":1): ");
	check_serial(new_kernel(), ":2): ");
	check_serial(new_kill(), ":3): ");
	config.audit_kinds = AUDIT_USER;
	assert_string_equal(format_one(&format_audit, new_kernel()), "");
	check_serial(new_kill(), ":4): ");
}

static void test_audit_time(void **state)
{
	struct event *event = new_kill();

	(void)state;
	event->real_ns = 7 * NS_PER_SEC + 9999999;
	strbuf_reset(&out);
	formatter_events(formatter_of(&format_audit), &event, 1);
	assert_int_equal(count(strbuf_str(&out), "msg=audit(7.009:1): "), 3);
	event_free(event);
}

/* ---- signals of the kernel ---- */

/* A KERNEL ends an event for every reader, so there is no other record. */
static void test_kernel(void **state)
{
	(void)state;
	assert_string_equal(format_one(&format_audit, new_kernel()),
			    "type=KERNEL " STAMP
			    "op=signal sig=9 origin=cgroup.kill result=delivered "
			    "opid=20 oauid=-1 ouid=0 oses=-1 ocomm=\"svc\" pid=10 comm=\"sh\"\n");
	forget_processes();
	config.audit_enriched = true;
	check_record(new_kernel(), " comm=\"sh\"\x1d"
				   "OAUID=\"unset\" OUID=\"root\"\n");
}

static void test_kernel_fields(void **state)
{
	struct event *event = new_kernel();
	struct ks_ids *target = &event->signal.target.ids;

	(void)state;
	event->signal.number = 34;
	event->signal.result = RESULT_OVERFLOW;
	event->signal.sender.ids.process.pid = 101;
	event->signal.sender.ids.process.vpid = 1; /* audit counts in the initial namespace */
	memcpy(event->signal.sender.ids.comm, "a b", 4);
	target->process.pid = 201;
	target->process.vpid = 2;
	target->auid = 202;
	target->uid = UINT32_MAX - 1;
	target->ses = 204;
	memcpy(target->comm, "\"", 2);
	assert_string_equal(format_one(&format_audit, event),
			    "type=KERNEL " STAMP "op=signal sig=34 origin=kernel result=overflow "
			    "opid=201 oauid=202 ouid=-2 oses=204 ocomm=22 pid=101 comm=612062\n");
}

static void test_kernel_no_target(void **state)
{
	struct event *event = new_kernel();

	(void)state;
	task_clear(&event->signal.target);
	config.audit_enriched = true;
	assert_string_equal(format_one(&format_audit, event),
			    "type=KERNEL " STAMP
			    "op=signal sig=9 origin=cgroup.kill result=delivered "
			    "pid=10 comm=\"sh\"\n");
}

static void test_kinds(void **state)
{
	(void)state;
	config.audit_kinds = AUDIT_KERNEL;
	assert_string_equal(format_one(&format_audit, new_kill()), "");
	forget_processes();
	check_record(new_kernel(), "type=KERNEL ");
	check_record(new_lost(1), "# note: "); /* whatever is asked for */
	config.audit_kinds = AUDIT_USER;
	assert_string_equal(format_one(&format_audit, new_kernel()), "");
	forget_processes();
	check_record(new_kill(), "type=SYSCALL ");
	check_record(new_lost(1), "# note: ");
	config.audit_kinds = AUDIT_USER | AUDIT_KERNEL;
	check_record(new_kill(), "type=SYSCALL ");
	check_record(new_kernel(), "type=KERNEL ");
}

/* ---- enriched ---- */

static void test_enriched(void **state)
{
	struct event *event = new_kill();

	(void)state;
	config.audit_enriched = true;
	assert_string_equal(
	    format_one(&format_audit, event),
	    "type=SYSCALL " STAMP "arch=c000003e syscall=62 success=yes exit=0 a0=14 a1=9 a2=0 "
	    "a3=0 items=0 " IDS "tty=(none) ses=4294967295 comm=\"sh\" exe=\"/usr/bin/dash\" "
	    "key=(null)\x1d"
	    "ARCH=x86_64 SYSCALL=kill AUID=\"unset\" UID=\"root\" GID=\"root\" EUID=\"root\" "
	    "SUID=\"root\" FSUID=\"root\" EGID=\"root\" SGID=\"root\" FSGID=\"root\"\n"
	    "type=OBJ_PID " STAMP "opid=20 oauid=-1 ouid=0 oses=-1 ocomm=\"svc\"\x1d"
	    "OAUID=\"unset\" OUID=\"root\"\n"
	    "type=PROCTITLE " STAMP "proctitle=73680078646B696C6C2E7368003230\n");
}

/* auditd prints the numbers of those who have no name with a sign. */
static void test_enriched_unknown(void **state)
{
	struct event *event = new_kill();
	const char *text;

	(void)state;
	config.audit_enriched = true;
	event->signal.sender.ids.uid = event->signal.target.ids.uid = 2000000001;
	event->signal.sender.ids.fsgid = 4000000002;
	text = format_one(&format_audit, event);
	assert_non_null(strstr(text, " UID=\"unknown(2000000001)\" "));
	assert_non_null(strstr(text, " FSGID=\"unknown(-294967294)\"\n"));
	assert_non_null(strstr(text, " OUID=\"unknown(2000000001)\"\n"));
}

static void check_call(uint32_t arch, uint32_t nr, const char *part)
{
	struct event *event = new_kill();

	event->signal.call.arch = arch;
	event->signal.call.nr = nr;
	check_record(event, part);
}

/* Audit has no names for the numbers of x32. */
static void test_enriched_call(void **state)
{
	(void)state;
	config.audit_enriched = true;
	check_call(0xc000003e, 62,
		   "\x1d"
		   "ARCH=x86_64 SYSCALL=kill AUID=");
	check_call(0x40000003, 37,
		   "\x1d"
		   "ARCH=i386 SYSCALL=kill AUID=");
	check_call(0xc00000b7, 129,
		   "\x1d"
		   "ARCH=aarch64 SYSCALL=kill AUID=");
	check_call(0xc000003e, 0x40000000 | 62,
		   "\x1d"
		   "ARCH=x86_64 SYSCALL=unknown-syscall(1073741886) AUID=");
	check_call(0x12345678, 62,
		   "\x1d"
		   "ARCH=unknown-elf-type(12345678) SYSCALL=kill AUID=");
}

static void check_name(char *name, const char *want)
{
	struct event *event = new_kill();
	struct strbuf line = { 0 };

	name_both(name, name);
	event->signal.sender.ids.euid = event->signal.sender.ids.fsgid = 4242;
	event->signal.target.ids.uid = 4242;
	strbuf_addf(&line, " EUID=%s SUID=", want);
	assert_non_null(strstr(format_one(&format_audit, event), strbuf_str(&line)));
	strbuf_reset(&line);
	strbuf_addf(&line, " FSGID=%s\n", want);
	assert_non_null(strstr(strbuf_str(&out), strbuf_str(&line)));
	strbuf_reset(&line);
	strbuf_addf(&line, " OUID=%s\n", want);
	assert_non_null(strstr(strbuf_str(&out), strbuf_str(&line)));
	strbuf_free(&line);
	forget_processes();
}

#define TEN "0123456789"
#define TEN_HEX "30313233343536373839"

static void test_enriched_names(void **state)
{
	(void)state;
	config.audit_enriched = true;
	check_name("www-data", "\"www-data\"");
	check_name("DOM\\user~$", "\"DOM\\user~$\"");
	check_name("a b", "612062");
	check_name("a\"b", "612262");
	check_name("\xc3\xa9t\xc3\xa9", "C3A974C3A9");
	check_name("\x7f", "7F");
	check_name("\x1d"
		   "UID=",
		   "1D5549443D");
	check_name("", "\"\"");
	/* auditd has room for 63 bytes of a name. */
	check_name(TEN TEN TEN TEN TEN TEN "abc", "\"" TEN TEN TEN TEN TEN TEN "abc\"");
	check_name(TEN TEN TEN TEN TEN TEN "abcd", "\"" TEN TEN TEN TEN TEN TEN "abc\"");
	check_name(" " TEN TEN TEN TEN TEN TEN "abcd",
		   "20" TEN_HEX TEN_HEX TEN_HEX TEN_HEX TEN_HEX TEN_HEX "6162");
}

/* It has the name of 0 without asking. */
static void test_enriched_root(void **state)
{
	(void)state;
	config.audit_enriched = true;
	name_both("toor", "wheel");
	named_id = 0;
	check_record(new_kill(), " UID=\"root\" GID=\"root\" EUID=");
	check_record(new_kill(), " OUID=\"root\"\n");
}

/* A group that is not called as the user of that number is. */
static void test_enriched_groups(void **state)
{
	struct event *event = new_kill();
	struct ks_ids *ids = &event->signal.sender.ids;

	(void)state;
	config.audit_enriched = true;
	name_both("user", "group");
	ids->auid = ids->uid = ids->gid = ids->euid = ids->egid = 4242;
	ids->suid = ids->sgid = ids->fsuid = ids->fsgid = 4242;
	check_record(event, " AUID=\"user\" UID=\"user\" GID=\"group\" EUID=\"user\" "
			    "SUID=\"user\" FSUID=\"user\" EGID=\"group\" SGID=\"group\" "
			    "FSGID=\"group\"\n");
}

/* ---- odd events ---- */

static void test_hostile_audit(void **state)
{
	(void)state;
	for (int enriched = 0; enriched < 2; enriched++) {
		const char *text;

		config.audit_enriched = enriched;
		text = format_one(&format_audit, new_hostile());
		check_safe(text, 3);
		assert_int_equal(count(text, "type="), 3);
		assert_int_equal(count(text, "msg=audit("), 3);
		assert_int_equal(count(text, " key="), 1);
		assert_int_equal(count(text, "\x1d"), enriched ? 2 : 0);
		forget_processes();
		text = format_one(&format_audit, new_hostile_exit());
		config.audit_enriched = false;
		check_safe(text, 1);
		assert_int_equal(strncmp(text, "# note: ", 8), 0);
		forget_processes();
	}
}

/* ausearch takes what is behind 8969 bytes for another line, and so maybe for a record. */
static void check_note(const char *unit)
{
	struct event *event = new_killed();
	struct task *sender = &event->exit.cause.sender;
	struct strbuf title = { 0 };
	const char *text;

	for (size_t i = 0; i < 20000; i++)
		strbuf_adds(&title, unit);
	sender->argv = title.data; /* which is the event's now */
	sender->argv_bytes = title.len;
	text = format_one(&format_audit, event);
	assert_in_range(strlen(text), 1000, 8969);
	check_safe(text, 1);
	forget_processes();
}

static void test_long_note(void **state)
{
	(void)state;
	check_note("x");
	check_note("\x01");
	check_note("\xf0\x9f\x98\x80");
	check_note("\xc2\x9b");
}

static void test_zeroed(void **state)
{
	static const char *const want[] = {
		"type=SYSCALL msg=audit(1634658845.864:1): arch=0 syscall=0 success=yes exit=0 "
		"a0=0 "
		"a1=0 a2=0 a3=0 items=0 ppid=0 pid=0 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 "
		"egid=0 "
		"sgid=0 fsgid=0 tty=(none) ses=0 comm=\"\" exe=(null) key=(null)\x1d"
		"ARCH=unknown-elf-type(0) SYSCALL=unknown-syscall(0) AUID=\"root\" UID=\"root\" "
		"GID=\"root\" EUID=\"root\" SUID=\"root\" FSUID=\"root\" EGID=\"root\" "
		"SGID=\"root\" FSGID=\"root\"\n"
		"type=PROCTITLE msg=audit(1634658845.864:1): proctitle=\"(null)\"\n",
		"# note: ''[0] exited with status 0\n",
		"# note: 0 events lost here (busy)\n",
	};

	(void)state;
	config.audit_enriched = true;
	check_zeroed(&format_audit, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_audit),
		TEST(test_audit_numbers),
		TEST(test_audit_large),
		TEST(test_audit_exe),
		TEST(test_audit_comm),
		TEST(test_audit_outcome),
		TEST(test_audit_overflow),
		TEST(test_audit_time_of_entry),
		TEST(test_audit_exe_too_long),
		TEST(test_audit_labels),
		TEST(test_audit_hostile_label),
		TEST(test_audit_no_target),
		TEST(test_audit_unchecked_target),
		TEST(test_audit_title),
		TEST(test_audit_title_rewritten),
		TEST(test_audit_title_living),
		TEST(test_audit_title_kept),
		TEST(test_audit_title_latin1),
		TEST(test_audit_title_unknown),
		TEST(test_audit_targets),
		TEST(test_audit_serial),
		TEST(test_audit_time),
		TEST(test_kernel),
		TEST(test_kernel_fields),
		TEST(test_kernel_no_target),
		TEST(test_kinds),
		TEST(test_enriched),
		TEST(test_enriched_unknown),
		TEST(test_enriched_call),
		TEST(test_enriched_names),
		TEST(test_audit_repeated),
		TEST(test_enriched_root),
		TEST(test_enriched_groups),
		TEST(test_hostile_audit),
		TEST(test_long_note),
		TEST(test_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
