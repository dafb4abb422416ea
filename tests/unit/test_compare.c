// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "compare/compare.h"
#include "compare/explain.h"
#include "compare/histogram.h"

#define SECOND 1000000000ull
#define BEGIN (100 * SECOND)
#define SETTLED (BEGIN + 60 * SECOND)

enum { FINDINGS_MAX = 64 };

static struct filter filter;
static struct compare_host host;
static struct compare compare;
static char said[FINDINGS_MAX][256]; /* findings: outcome, cause, fields, titles */
static size_t n_said, n_settled;

/* ---- what is found ---- */

static const char *title_of(const struct compare_finding *finding, enum compare_side side)
{
	static char titles[SIDES][32];
	const struct compare_event *event = finding->events[side];
	const char *at = event ? strstr(strbuf_str(&event->text), "proctitle=") : NULL;
	char *to = titles[side];

	snprintf(to, 32, "%s", at ? at + strlen("proctitle=") : "-");
	to[strcspn(to, "\n")] = '\0';
	return to;
}

static void note(void *context, const struct compare_finding *finding)
{
	static const char *const outcomes[] = { "same", "different", "ours", "audit" };
	const char *cause = compare_cause_name(finding->cause);
	char *line = said[n_said++ % FINDINGS_MAX];
	size_t at = snprintf(line, sizeof(said[0]), "%s %s %s %s", outcomes[finding->outcome],
			     cause ? cause : "-", title_of(finding, SIDE_KILLSNOOP),
			     title_of(finding, SIDE_AUDIT));

	(void)context;
	for (size_t i = 0; i < finding->n_fields; i++)
		at += snprintf(line + at, sizeof(said[0]) - at, " %s", finding->fields[i]);
}

static void assert_said(size_t i, const char *want)
{
	assert_true(i < n_said);
	assert_string_equal(said[i], want);
}

static int setup(void **state)
{
	(void)state;
	n_said = n_settled = 0;
	filter = (struct filter){ .wanted = { .bits = ~signame_bit(17) } };
	host = (struct compare_host){
		.tick_ns = 4000000,
		.begin_ns = BEGIN,
		.end_ns = UINT64_MAX,
		.has_compat_returns = true,
		.has_labels = true,
		.has_clock = true,
	};
	return compare_init(&compare, &filter, &host, note, NULL);
}

static int teardown(void **state)
{
	(void)state;
	compare_clear(&compare);
	return 0;
}

/* ---- events ---- */

/* A call: kill(20, 15) = 0 by sh[10], to svc[20], unless something else is set. */
struct call {
	const char *arch, *comm, *title, *key, *targets;
	uint32_t nr, pid, uid;
	int64_t ret;
	uint64_t a0, signal, ms, serial;
	uint64_t arrival_ns, begin_ns, end_ns, start_ns;
	bool unaudited, no_title, no_end, searched;
	const char *living_title;
	uint32_t born; /* a target younger than the call; 0: none */
};

#define PROBE UINT64_MAX /* signal 0, as 0 is not set */
#define ONE_TARGET "opid=20 oauid=-1 ouid=1000 oses=-1 ocomm=\"svc\""

static size_t write_targets(char *to, size_t room, const struct call *call, const char *stamp)
{
	const char *list = call->targets ? call->targets : ONE_TARGET;
	size_t at = 0;

	while (*list) {
		size_t bytes = strcspn(list, "|");

		at +=
		    snprintf(to + at, room - at, "type=OBJ_PID %s %.*s\n", stamp, (int)bytes, list);
		list += bytes + (list[bytes] == '|');
	}
	return at;
}

static void write_call(char *to, size_t room, const struct call *call)
{
	uint64_t ms = 1634658845864 + call->ms;
	char stamp[64];
	size_t at;

	snprintf(stamp, sizeof(stamp),
		 "msg=audit(%" PRIu64 ".%03" PRIu64 ":%" PRIu64 "):", ms / 1000, ms % 1000,
		 call->serial);
	at = snprintf(to, room,
		      "type=SYSCALL %s arch=%s syscall=%u success=%s exit=%" PRId64 " a0=%" PRIx64
		      " a1=%" PRIx64 " a2=0 a3=0 items=0 ppid=1 pid=%u auid=0 uid=%u gid=0 tty=pts0"
		      " ses=1 comm=\"%s\" exe=\"/bin/sh\" key=%s\n",
		      stamp, call->arch ? call->arch : "c000003e", call->nr ? call->nr : 62,
		      call->ret < 0 ? "no" : "yes", call->ret, call->a0 ? call->a0 : 20,
		      call->signal == PROBE ? 0
		      : call->signal	    ? call->signal
					    : 15,
		      call->pid ? call->pid : 10, call->uid, call->comm ? call->comm : "sh",
		      call->key ? call->key : "(null)");
	at += write_targets(to + at, room - at, call, stamp);
	if (!call->no_title)
		snprintf(to + at, room - at, "type=PROCTITLE %s proctitle=%s\n", stamp,
			 call->title ? call->title : "\"sh\"");
}

static void add(enum compare_side side, const struct call *call)
{
	uint64_t begin_ns = call->begin_ns ? call->begin_ns : BEGIN + call->ms * 1000000;
	struct compare_facts facts = {
		.begin_ns = begin_ns,
		.end_ns = call->no_end	 ? 0
			  : call->end_ns ? call->end_ns
					 : begin_ns,
		.arrival_ns = call->arrival_ns ? call->arrival_ns : begin_ns,
		.sender_start_ns = call->start_ns,
		.is_audited = !call->unaudited,
		.is_searched = call->searched,
		.living_title = call->living_title ? strdup(call->living_title) : NULL,
	};
	char text[4096];

	if (call->born) {
		facts.born = calloc(1, sizeof(*facts.born));
		facts.born[facts.n_born++] = call->born;
	}
	write_call(text, sizeof(text), call);
	assert_int_equal(compare_add(&compare, side, text, strlen(text), &facts), 0);
}

#define OURS(...) add(SIDE_KILLSNOOP, &(struct call){ __VA_ARGS__ })
#define AUDIT(...)                                                                                 \
	add(SIDE_AUDIT, &(struct call){ .key = "\"killsnoop-compare\"", .serial = 9, __VA_ARGS__ })

/* ---- the join ---- */

static void test_identical(void **state)
{
	(void)state;
	OURS(.ms = 3);
	assert_int_equal(n_said, 0);
	AUDIT(.ms = 0);
	assert_said(0, "same - \"sh\" \"sh\"");
	AUDIT(.ms = 0);
	OURS(.ms = 5);
	assert_said(1, "same - \"sh\" \"sh\"");
	compare_finish(&compare);
	assert_int_equal(n_said, 2);
	assert_int_equal(compare_unexplained(&compare), 0);
}

/* By a tick, times may differ; more is a difference. */
static void test_time(void **state)
{
	(void)state;
	OURS(.ms = 5);
	AUDIT(.ms = 0);
	assert_said(0, "same - \"sh\" \"sh\"");
	OURS(.ms = 6);
	AUDIT(.ms = 0);
	assert_int_equal(n_said, 1);
	compare_finish(&compare);
	assert_said(1, "different - \"sh\" \"sh\" time");
	assert_int_equal(compare_unexplained(&compare), 1);
}

/* A time of the call itself: the sender was interrupted before audit read its clock. */
static void test_time_within(void **state)
{
	(void)state;
	OURS(.ms = 0, .end_ns = BEGIN + 20000000);
	AUDIT(.ms = 20);
	OURS(.ms = 100, .a0 = 21, .end_ns = BEGIN + 119000000);
	AUDIT(.ms = 120, .a0 = 21);
	compare_finish(&compare);
	assert_said(0, "different interrupted \"sh\" \"sh\" time");
	assert_said(1, "different - \"sh\" \"sh\" time");
	assert_int_equal(compare_unexplained(&compare), 1);
}

/* Several fields are explained if each of them is. */
static void test_several_fields(void **state)
{
	static const char two[] = ONE_TARGET "|opid=21 oauid=-1 ouid=0 oses=-1 ocomm=\"b\"";

	(void)state;
	host.others.exit = 1;
	compare_set_lost(&compare, SIDE_KILLSNOOP, 1);
	OURS(.title = "\"x\"");
	AUDIT(.targets = two);
	compare_finish(&compare);
	OURS(.title = "\"x\"");
	AUDIT(.targets = two);
	compare_finish(&compare);
	assert_said(0, "different lost_by_killsnoop \"x\" \"sh\" OBJ_PID PROCTITLE.proctitle");
	assert_said(1, "different - \"x\" \"sh\" OBJ_PID PROCTITLE.proctitle");
}

/* A time that we could but estimate, while audit's clock was late: as far as it can be. */
static void test_time_estimated(void **state)
{
	(void)state;
	OURS(.ms = 20);
	AUDIT(.ms = 0);
	compare_finish(&compare);
	host.has_clock = false;
	OURS(.ms = 145);
	AUDIT(.ms = 100);
	compare_finish(&compare);
	OURS(.ms = 246);
	AUDIT(.ms = 200);
	compare_finish(&compare);
	assert_said(0, "different - \"sh\" \"sh\" time");
	assert_said(1, "different clock \"sh\" \"sh\" time");
	assert_said(2, "different - \"sh\" \"sh\" time");
}

/* Later than that if the clock was seen to stand still when the call began, or later. */
static void test_time_stalled(void **state)
{
	static struct stalls stalls;

	(void)state;
	host.has_clock = false;
	host.stalls = &stalls;
	stalls_add(&stalls, 1634658845864 + 100, BEGIN + 300 * 1000000ull);
	OURS(.ms = 300);
	AUDIT(.ms = 100);
	compare_finish(&compare);
	OURS(.ms = 301);
	AUDIT(.ms = 100);
	compare_finish(&compare);
	OURS(.ms = 300);
	AUDIT(.ms = 99);
	compare_finish(&compare);
	assert_said(0, "different clock \"sh\" \"sh\" time");
	assert_said(1, "different - \"sh\" \"sh\" time");
	assert_said(2, "different - \"sh\" \"sh\" time");
}

static void test_stalls(void **state)
{
	static struct stalls stalls;

	(void)state;
	assert_false(stalls_has(NULL, UINT64_MAX, 0));
	assert_false(stalls_has(&stalls, UINT64_MAX, 0));
	stalls_watch(&stalls, SECOND);
	assert_int_equal(stalls.n, 0);
	stalls_add(&stalls, 5, 10);
	stalls_add(&stalls, 5, 20);
	assert_int_equal(stalls.n, 1);
	assert_true(stalls_has(&stalls, 5, 20));
	assert_false(stalls_has(&stalls, 4, 20));
	assert_false(stalls_has(&stalls, 5, 21));
	for (int i = 0; i < STALLS_MAX; i++)
		stalls_add(&stalls, 100 + i, 200 + i);
	assert_false(stalls_has(&stalls, 5, 20));
	assert_true(stalls_has(&stalls, 100, 200));
}

/* The return was lost that would show whether it is within. */
static void test_time_without_end(void **state)
{
	(void)state;
	OURS(.ms = 0, .no_end = true);
	AUDIT(.ms = 20);
	OURS(.ms = 100, .a0 = 21, .no_end = true);
	AUDIT(.ms = 80, .a0 = 21);
	compare_finish(&compare);
	assert_said(0, "different lost_by_killsnoop \"sh\" \"sh\" time");
	assert_said(1, "different - \"sh\" \"sh\" time");
	assert_int_equal(compare_unexplained(&compare), 1);
}

/* Audit may have read it before: under a rule of the host, or before we began. */
static void test_kept_title(void **state)
{
	(void)state;
	host.open_ns = 1000;
	OURS(.title = "\"new\"", .start_ns = 1000);
	AUDIT(.title = "\"old\"");
	OURS(.title = "\"new\"", .start_ns = 999, .a0 = 21);
	AUDIT(.title = "\"old\"", .a0 = 21);
	compare_finish(&compare);
	assert_said(0, "different - \"new\" \"old\" PROCTITLE.proctitle");
	assert_said(1, "different title \"new\" \"old\" PROCTITLE.proctitle");
	host.others.exit = true;
	OURS(.title = "\"new\"", .start_ns = 1000);
	AUDIT(.title = "\"old\"");
	compare_finish(&compare);
	assert_said(2, "different title \"new\" \"old\" PROCTITLE.proctitle");
}

/* Killed after audit had read and before we did: ours would have been the same. */
static void test_dying(void **state)
{
	(void)state;
	OURS(.title = "\"(null)\"", .living_title = "\"sh\"");
	AUDIT(.ms = 0);
	compare_finish(&compare);
	assert_said(0, "different dying \"(null)\" \"sh\" PROCTITLE.proctitle");
	OURS(.title = "\"(null)\"", .living_title = "\"other\"");
	AUDIT(.ms = 0);
	compare_finish(&compare);
	assert_said(1, "different - \"(null)\" \"sh\" PROCTITLE.proctitle");
	OURS(.title = "\"(null)\"");
	AUDIT(.ms = 0);
	compare_finish(&compare);
	assert_said(2, "different - \"(null)\" \"sh\" PROCTITLE.proctitle");
	/* It explains nothing else. */
	OURS(.title = "\"(null)\"", .living_title = "\"sh\"");
	AUDIT(.comm = "x");
	compare_finish(&compare);
	assert_said(3, "different - \"(null)\" \"sh\" PROCTITLE.proctitle SYSCALL.comm");
}

/* Each field of the key distinguishes calls. */
static void test_other_call(void **state)
{
	(void)state;
	OURS(.ms = 0);
	AUDIT(.ret = -1);
	AUDIT(.pid = 11);
	AUDIT(.a0 = 21);
	AUDIT(.signal = 14);
	AUDIT(.nr = 200);
	AUDIT(.arch = "40000003");
	assert_int_equal(n_said, 0);
	compare_finish(&compare);
	assert_int_equal(n_said, 7);
	assert_int_equal(compare_count(&compare, OUTCOME_ONLY_KILLSNOOP), 1);
	assert_int_equal(compare_count(&compare, OUTCOME_ONLY_AUDIT), 6);
}

/* The same call again and again: in order, and what fits is found although the order is another. */
static void test_order(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		OURS(.ms = i);
	OURS(.ms = 3, .title = "\"other\"");
	AUDIT(.ms = 3, .title = "\"other\"");
	for (int i = 0; i < 3; i++)
		AUDIT(.ms = 0);
	assert_int_equal(n_said, 2);
	compare_finish(&compare);
	assert_said(3, "same - \"other\" \"other\"");
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 4);
}

static void test_nearest(void **state)
{
	(void)state;
	OURS(.ms = 0, .title = "\"first\"");
	OURS(.ms = 900, .title = "\"second\"");
	AUDIT(.ms = 800, .title = "\"x\"");
	compare_finish(&compare);
	assert_said(0, "ours - \"first\" -");
	assert_said(1, "different - \"second\" \"x\" time PROCTITLE.proctitle");
}

/* Where all are different, each still has its own partner. */
static void test_order_of_different(void **state)
{
	static const char *const titles[] = { "\"1\"", "\"2\"", "\"3\"" };

	(void)state;
	for (int i = 0; i < 3; i++)
		OURS(.ms = 4 + i, .title = titles[i]);
	for (int i = 0; i < 3; i++)
		AUDIT(.ms = i == 2 ? 4 : 0, .title = titles[i], .comm = "other");
	compare_finish(&compare);
	assert_int_equal(n_said, 3);
	assert_said(0, "different - \"1\" \"1\" SYSCALL.comm");
	assert_said(1, "different - \"2\" \"2\" SYSCALL.comm");
	assert_said(2, "different - \"3\" \"3\" SYSCALL.comm");
}

/* Calls that are different leave the others with partners, and are each other's. */
static void test_order_amid(void **state)
{
	static const char *const ours[] = { "\"sh\"", "\"sh\"", "\"sh\"", "\"x\"", "\"sh\"" };
	static const char *const audit[] = { "\"sh\"", "\"y\"", "\"sh\"", "\"sh\"", "\"sh\"" };

	(void)state;
	for (int i = 0; i < 5; i++)
		OURS(.ms = 100 + i, .title = ours[i]);
	for (int i = 0; i < 5; i++)
		AUDIT(.ms = 100 + i, .title = audit[i]);
	compare_finish(&compare);
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 4);
	assert_said(4, "different - \"x\" \"y\" PROCTITLE.proctitle");
}

/* The same without audit's being later than ours. */
static void test_order_of_arrival(void **state)
{
	(void)state;
	OURS(.ms = 100);
	AUDIT(.ms = 100, .title = "\"y\"");
	AUDIT(.ms = 101);
	OURS(.ms = 101);
	AUDIT(.ms = 102);
	OURS(.ms = 102);
	compare_finish(&compare);
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 2);
	assert_said(2, "different - \"sh\" \"y\" PROCTITLE.proctitle");
}

/* After a loss the order is another one. */
static void test_order_after_loss(void **state)
{
	(void)state;
	compare_set_lost(&compare, SIDE_AUDIT, 3);
	for (int i = 0; i < 40; i++)
		OURS(.ms = i * 10ull);
	for (int i = 3; i < 40; i++)
		AUDIT(.ms = i * 10ull);
	compare_finish(&compare);
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 37);
	assert_int_equal(compare_unexplained(&compare), 0);
}

/* ---- the edges of the window ---- */

/* Our calls in quick succession, one a millisecond; so many of them are before the window. */
static void add_succession(int n, int outside)
{
	for (int i = 0; i < n; i++)
		OURS(.ms = i, .begin_ns = BEGIN + (i - outside) * INT64_C(1000000));
}

/*
 * Audit has the records from the eighth call on. The first of them meets the third call, which is
 * within reach; what remains at the end of the succession is not without an explanation.
 */
static void test_edge(void **state)
{
	(void)state;
	add_succession(30, 10);
	for (int i = 7; i < 30; i++)
		AUDIT(.ms = i);
	for (int i = 0; i < 30; i++)
		OURS(.ms = 200 + i);
	for (int i = 0; i < 30; i++)
		AUDIT(.ms = 200 + i);
	compare_finish(&compare);
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 53);
	assert_int_equal(compare.counts[OUTCOME_ONLY_KILLSNOOP][CAUSE_OUTSIDE], 7);
	assert_int_equal(compare_unexplained(&compare), 0);
}

/* As many as are before the window, and no more; nor any once the succession has ended. */
static void test_edge_is_strict(void **state)
{
	(void)state;
	add_succession(30, 10);
	for (int i = 7; i < 27; i++)
		AUDIT(.ms = i);
	compare_finish(&compare);
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 20);
	assert_int_equal(compare_count(&compare, OUTCOME_ONLY_KILLSNOOP), 10);
	assert_int_equal(compare_unexplained(&compare), 0);
	OURS(.ms = 400);
	compare_finish(&compare);
	assert_int_equal(compare_unexplained(&compare), 1);
}

/*
 * What began after the window is not reported, nor what audit may still have, which is all of a
 * call behind the last record of such a one; nor audit's that may be of one of our calls behind the
 * end.
 */
static void test_forget(void **state)
{
	const uint64_t ms = 1000000;

	(void)state;
	host.end_ns = BEGIN + 25 * ms + compare_clock_lag_ns(&host);
	OURS(.ms = 10, .pid = 1, .title = "\"lost\"");
	OURS(.ms = 12, .pid = 1);
	AUDIT(.ms = 12, .pid = 1);
	assert_int_equal(n_said, 0);
	OURS(.ms = 20, .pid = 2);
	AUDIT(.ms = 20, .pid = 3);
	AUDIT(.ms = 28, .pid = 4);
	OURS(.ms = 80, .pid = 5);
	AUDIT(.ms = 80, .pid = 6);
	compare_forget(&compare);
	compare_finish(&compare);
	assert_int_equal(compare_count(&compare, OUTCOME_ONLY_KILLSNOOP), 0);
	assert_int_equal(compare_count(&compare, OUTCOME_ONLY_AUDIT), 1);
}

/* The CPU time that so many calls take, of which a quarter meets one of audit that is different. */
static clock_t time_of_many(int many)
{
	clock_t begin = clock();

	for (int i = 0; i < many; i++)
		OURS(.ms = i / 10);
	for (int i = 0; i < many; i += 4)
		AUDIT(.ms = i / 10, .title = "\"x\"");
	compare_finish(&compare);
	return clock() - begin;
}

/*
 * A sender that never stops: each call takes the same time, however many wait. Four times as many
 * take four times as long, and would take sixteen times if each were compared with all.
 */
static void test_many(void **state)
{
	enum { MANY = 10000 };
	clock_t few, many;

	(void)state;
	compare_set_lost(&compare, SIDE_AUDIT, UINT64_MAX);
	few = time_of_many(MANY);
	assert_int_equal(compare_unexplained(&compare), MANY / 4);
	many = time_of_many(4 * MANY);
	assert_int_equal(compare_unexplained(&compare), MANY / 4 + MANY);
	assert_true(many < 10 * few);
}

/* ---- how long it waits ---- */

static void test_patience(void **state)
{
	(void)state;
	OURS(.ms = 0);
	compare_advance(&compare, SIDE_KILLSNOOP, SETTLED);
	compare_advance(&compare, SIDE_AUDIT, BEGIN + 2 * SECOND);
	assert_int_equal(n_said, 0);
	compare_advance(&compare, SIDE_AUDIT, BEGIN + 3 * SECOND);
	assert_said(0, "ours - \"sh\" -");
}

/* What came late, since its writer had to wait, is not given up at once. */
static void test_late_arrival(void **state)
{
	(void)state;
	compare_advance(&compare, SIDE_KILLSNOOP, BEGIN + 50 * SECOND);
	AUDIT(.ms = 0, .arrival_ns = BEGIN + 50 * SECOND);
	compare_advance(&compare, SIDE_KILLSNOOP, BEGIN + 51 * SECOND);
	assert_int_equal(n_said, 0);
	OURS(.ms = 0, .arrival_ns = BEGIN + 51 * SECOND);
	assert_said(0, "same - \"sh\" \"sh\"");
}

/* ---- differences ---- */

static void test_fields(void **state)
{
	(void)state;
	OURS(.comm = "sh", .uid = 1);
	AUDIT(.comm = "dash", .uid = 2, .title = "\"dash\"");
	compare_finish(&compare);
	assert_said(0, "different - \"sh\" \"dash\" PROCTITLE.proctitle SYSCALL.comm SYSCALL.uid");
}

static void test_records(void **state)
{
	(void)state;
	OURS(.no_title = true);
	AUDIT(.ms = 0);
	OURS(.pid = 11, .targets = ONE_TARGET "|opid=21 oauid=-1 ouid=0 oses=-1 ocomm=\"b\"");
	AUDIT(.pid = 11, .targets = "opid=21 oauid=-1 ouid=0 oses=-1 ocomm=\"b\"|" ONE_TARGET);
	compare_finish(&compare);
	assert_said(0, "different - - \"sh\" PROCTITLE");
	assert_said(1, "different - \"sh\" \"sh\" OBJ_PID.ocomm OBJ_PID.opid OBJ_PID.ouid");
}

static void test_unreadable(void **state)
{
	static const char *const texts[] = {
		"", "\n", "garbage", "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=62\n",
		"type=PROCTITLE msg=audit(1.000:1): proctitle=\"a0=1 a1=2 a2=3 a3=4 pid=5\"\n"
	};
	struct compare_facts facts = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_not_equal(
		    compare_add(&compare, SIDE_AUDIT, texts[i], strlen(texts[i]), &facts), 0);
	assert_int_equal(compare.bad, 5);
	assert_int_equal(compare_unexplained(&compare), 5);
}

/* ---- explanations ---- */

/* What was added since the last one gives this one finding. */
static void settle_one(const char *want)
{
	compare_finish(&compare);
	assert_int_equal(n_said, n_settled + 1);
	assert_said(n_settled++, want);
}

static void test_unaudited(void **state)
{
	(void)state;
	OURS(.unaudited = true);
	settle_one("ours older \"sh\" -");
	host.enabled_ns = 5 * SECOND;
	OURS(.unaudited = true, .start_ns = 4 * SECOND);
	settle_one("ours older \"sh\" -");
	OURS(.unaudited = true, .start_ns = 6 * SECOND);
	settle_one("ours - \"sh\" -");
	host.others.never_task = true;
	OURS(.unaudited = true, .start_ns = 6 * SECOND);
	settle_one("ours never_task \"sh\" -");
	OURS(.start_ns = 6 * SECOND);
	settle_one("ours - \"sh\" -");
}

static void test_unauditable(void **state)
{
	(void)state;
	OURS(.nr = 62 | 0x40000000);
	settle_one("ours x32 \"sh\" -");
	host.auditd_pid = 10;
	OURS(.ms = 0);
	settle_one("ours auditd \"sh\" -");
	host.auditd_pid = 0;
	host.others.exclude = true;
	OURS(.ms = 0);
	settle_one("ours exclude_rule \"sh\" -");
	OURS(.ms = 0);
	AUDIT(.no_title = true);
	settle_one("different exclude_rule \"sh\" - PROCTITLE");
}

static void test_outside(void **state)
{
	(void)state;
	OURS(.begin_ns = BEGIN - 1);
	settle_one("ours outside \"sh\" -");
	AUDIT(.begin_ns = BEGIN - 1);
	settle_one("audit outside - \"sh\"");
	host.end_ns = BEGIN + SECOND;
	OURS(.begin_ns = BEGIN, .end_ns = BEGIN + SECOND);
	settle_one("ours - \"sh\" -");
	OURS(.begin_ns = BEGIN, .end_ns = BEGIN + SECOND + 1);
	settle_one("ours outside \"sh\" -");
	/* Both sides have it: nothing to explain. */
	OURS(.begin_ns = BEGIN - 1);
	AUDIT(.ms = 0);
	settle_one("same - \"sh\" \"sh\"");
}

/* As many as were lost, and no more. */
static void test_lost(void **state)
{
	(void)state;
	compare_set_lost(&compare, SIDE_AUDIT, 2);
	OURS(.ms = 0);
	settle_one("ours lost_by_audit \"sh\" -");
	OURS(.ms = 0);
	AUDIT(.no_title = true);
	settle_one("different lost_by_audit \"sh\" - PROCTITLE");
	OURS(.ms = 0);
	settle_one("ours - \"sh\" -");
	AUDIT(.ms = 0);
	settle_one("audit - - \"sh\"");
	compare_set_lost(&compare, SIDE_KILLSNOOP, 1);
	AUDIT(.ms = 0);
	settle_one("audit lost_by_killsnoop - \"sh\"");
	AUDIT(.ms = 0);
	settle_one("audit - - \"sh\"");
	/* A loss explains that something is missing, not that it is another. */
	compare_set_lost(&compare, SIDE_AUDIT, 9);
	OURS(.ms = 0);
	AUDIT(.comm = "x");
	settle_one("different - \"sh\" \"sh\" SYSCALL.comm");
}

static void test_muted(void **state)
{
	(void)state;
	AUDIT(.signal = 17);
	settle_one("audit muted - \"sh\"");
	AUDIT(.signal = PROBE);
	settle_one("audit muted - \"sh\"");
	AUDIT(.signal = 40, .pid = 20);
	settle_one("audit muted - \"sh\"");
	AUDIT(.signal = 40);
	settle_one("audit - - \"sh\"");
	filter.wanted.zero = true;
	AUDIT(.signal = PROBE);
	settle_one("audit - - \"sh\"");
	filter.spec.named.bits = filter.wanted.bits = filter.named.bits = signame_bit(9);
	AUDIT(.signal = 15);
	settle_one("audit filtered - \"sh\"");
}

/* tgkill() and rt_tgsigqueueinfo() have it in their third argument, which is 0 here. */
static void test_signal_argument(void **state)
{
	(void)state;
	AUDIT(.nr = 234);
	settle_one("audit muted - \"sh\"");
	AUDIT(.nr = 297);
	settle_one("audit muted - \"sh\"");
	AUDIT(.arch = "40000003", .nr = 270);
	settle_one("audit muted - \"sh\"");
	AUDIT(.arch = "40000003", .nr = 37);
	settle_one("audit - - \"sh\"");
}

static void test_compat(void **state)
{
	(void)state;
	host.has_compat_returns = false;
	AUDIT(.arch = "40000003", .nr = 37, .ret = -3, .targets = "");
	settle_one("audit compat - \"sh\"");
	AUDIT(.arch = "40000003", .nr = 37);
	settle_one("audit - - \"sh\"");
	AUDIT(.ret = -3, .targets = "");
	settle_one("audit - - \"sh\"");
	host.has_compat_returns = true;
	AUDIT(.arch = "40000003", .nr = 37, .ret = -3, .targets = "");
	settle_one("audit - - \"sh\"");
}

static void test_filtered_sender(void **state)
{
	(void)state;
	filter.sender_pids = (struct number_list){ { 10 }, 1 };
	AUDIT(.pid = 11);
	settle_one("audit filtered - \"sh\"");
	AUDIT(.pid = 10);
	settle_one("audit - - \"sh\"");
	filter.sender_uids = (struct number_list){ { 7 }, 1 };
	AUDIT(.uid = 8);
	settle_one("audit filtered - \"sh\"");
	filter.sender_comms = (struct text_list){ { "s*" }, 1 };
	AUDIT(.uid = 7, .comm = "dash");
	settle_one("audit filtered - \"sh\"");
	AUDIT(.uid = 7);
	settle_one("audit - - \"sh\"");
	/* The cgroup is not in audit's records. */
	filter.sender_units = (struct text_list){ { "x.service" }, 1 };
	AUDIT(.uid = 7);
	settle_one("audit filtered - \"sh\"");
}

#define SECOND_TARGET "opid=21 oauid=-1 ouid=0 oses=-1 ocomm=612062"

static void test_filtered_target(void **state)
{
	(void)state;
	filter.target_pids = (struct number_list){ { 21 }, 1 };
	AUDIT(.ms = 0);
	settle_one("audit filtered - \"sh\"");
	AUDIT(.targets = ONE_TARGET "|" SECOND_TARGET);
	settle_one("audit - - \"sh\"");
	AUDIT(.targets = "", .ret = -3);
	settle_one("audit filtered - \"sh\"");
	filter.target_comms = (struct text_list){ { "a b" }, 1 };
	AUDIT(.targets = SECOND_TARGET);
	settle_one("audit - - \"sh\"");
	filter.target_uids = (struct number_list){ { 5 }, 1 };
	AUDIT(.targets = SECOND_TARGET);
	settle_one("audit filtered - \"sh\"");
}

static void test_failed_only(void **state)
{
	(void)state;
	filter.failed_only = true;
	AUDIT(.ms = 0);
	settle_one("audit filtered - \"sh\"");
	AUDIT(.ret = -3, .targets = "");
	settle_one("audit - - \"sh\"");
}

/* We show the targets that are wanted, audit all of them. */
static void test_superset(void **state)
{
	(void)state;
	filter.target_pids = (struct number_list){ { 21 }, 1 };
	OURS(.targets = SECOND_TARGET);
	AUDIT(.targets = ONE_TARGET "|" SECOND_TARGET);
	settle_one("same - \"sh\" \"sh\"");
	OURS(.targets = ONE_TARGET);
	AUDIT(.targets = ONE_TARGET "|" SECOND_TARGET);
	settle_one("different - \"sh\" \"sh\" OBJ_PID");
	filter.target_pids.n = 0;
	OURS(.targets = SECOND_TARGET);
	AUDIT(.targets = SECOND_TARGET "|" ONE_TARGET);
	settle_one("different - \"sh\" \"sh\" OBJ_PID");
}

/* ---- targets that are searched for ---- */

/* Those above are gone. */
static bool has_up_to_99(uint32_t pid, uint64_t time_ns)
{
	(void)time_ns;
	return pid <= 99;
}

/* As printed: the first that the call came to comes last, see add_targets() in format/audit.c. */
static char *list_targets(char *to, size_t room, const uint32_t *pids, size_t n)
{
	size_t others = n - 1, at = 0;

	for (size_t block = (others + 15) / 16; block-- > 0;)
		for (size_t i = block * 16; i < (block + 1) * 16 && i < others; i++)
			at += snprintf(to + at, room - at,
				       "opid=%u oauid=-1 ouid=7 oses=-1 ocomm=\"a\"|", pids[i + 1]);
	snprintf(to + at, room - at, "opid=%u oauid=-1 ouid=7 oses=-1 ocomm=\"a\"", pids[0]);
	return to;
}

#define PIDS(...) (const uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4
#define LIST(...) list_targets((char[2048]){ 0 }, 2048, PIDS(__VA_ARGS__))

static void test_searched(void **state)
{
	(void)state;
	host.has_process = has_up_to_99;
	/* Gone, born, and both; where it is in the list does not matter. */
	OURS(.signal = PROBE, .searched = true, .targets = LIST(20, 21));
	AUDIT(.signal = PROBE, .targets = LIST(100, 20, 21));
	settle_one("different searched \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	OURS(.signal = PROBE, .searched = true, .born = 101, .targets = LIST(101, 20, 21));
	AUDIT(.signal = PROBE, .targets = LIST(20, 21));
	settle_one("different searched \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	OURS(.signal = PROBE, .searched = true, .born = 101, .targets = LIST(20, 101, 21));
	AUDIT(.signal = PROBE, .targets = LIST(20, 21, 100));
	settle_one("different searched \"sh\" \"sh\" OBJ_PID.opid");
	/* A single one. */
	OURS(.signal = PROBE, .searched = true, .targets = "");
	AUDIT(.signal = PROBE, .targets = LIST(100));
	settle_one("different searched \"sh\" \"sh\" OBJ_PID");
}

/* Beyond a block of 16 the others move. */
static void test_searched_blocks(void **state)
{
	(void)state;
	host.has_process = has_up_to_99;
	OURS(.signal = PROBE, .searched = true,
	     .targets = LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
	AUDIT(.signal = PROBE,
	      .targets = LIST(1, 100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
	settle_one("different searched \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	OURS(.signal = PROBE, .searched = true,
	     .targets = LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 15, 17, 18));
	AUDIT(.signal = PROBE,
	      .targets = LIST(1, 100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
	settle_one("different - \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
}

static void test_searched_is_strict(void **state)
{
	(void)state;
	host.has_process = has_up_to_99;
	/* It is there still, or it was there before. */
	OURS(.signal = PROBE, .searched = true, .targets = LIST(20));
	AUDIT(.signal = PROBE, .targets = LIST(20, 21));
	settle_one("different - \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	OURS(.signal = PROBE, .searched = true, .targets = LIST(20, 21));
	AUDIT(.signal = PROBE, .targets = LIST(20));
	settle_one("different - \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	/* Our side saw each target as the call looked at it. */
	OURS(.signal = PROBE, .targets = LIST(20));
	AUDIT(.signal = PROBE, .targets = LIST(20, 100));
	settle_one("different - \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	/* Root may signal each process: it was not searched for. */
	OURS(.searched = true, .targets = LIST(20));
	AUDIT(.targets = LIST(20, 100));
	settle_one("different - \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
	host.has_process = NULL;
	OURS(.signal = PROBE, .searched = true, .targets = LIST(20));
	AUDIT(.signal = PROBE, .targets = LIST(20, 100));
	settle_one("different - \"sh\" \"sh\" OBJ_PID.opid OBJ_PID");
}

/* ---- totals ---- */

static void test_counts(void **state)
{
	(void)state;
	compare_add_kernel(&compare);
	OURS(.ms = 0);
	AUDIT(.ms = 0);
	AUDIT(.signal = 17);
	AUDIT(.signal = 1);
	compare_finish(&compare);
	assert_int_equal(compare.counts[OUTCOME_ONLY_KILLSNOOP][CAUSE_KERNEL], 1);
	assert_int_equal(compare_count(&compare, OUTCOME_IDENTICAL), 1);
	assert_int_equal(compare_count(&compare, OUTCOME_ONLY_AUDIT), 2);
	assert_int_equal(compare_unexplained(&compare), 1);
}

static void test_causes(void **state)
{
	(void)state;
	for (int cause = 0; cause < CAUSE_MAX; cause++) {
		assert_int_equal(!compare_cause_name(cause), cause == CAUSE_NONE);
		assert_non_null(compare_cause_text(cause));
	}
}

static void test_median(void **state)
{
	static struct histogram histogram;

	(void)state;
	assert_true(histogram_median(&histogram) == UINT64_MAX);
	for (uint64_t ns = 1; ns; ns = ns > UINT64_MAX / 3 ? 0 : ns * 3) {
		uint64_t median;

		memset(&histogram, 0, sizeof(histogram));
		histogram_add(&histogram, 0);
		histogram_add(&histogram, ns);
		histogram_add(&histogram, UINT64_MAX);
		median = histogram_median(&histogram);
		assert_in_range(median, ns - ns / 15, ns + ns / 15);
	}
}

/* ---- text ---- */

static void test_strip(void **state)
{
	static const char text[] =
	    "type=SYSCALL msg=audit(1.002:3): a0=1 comm=\"key=\" key=\"k\"\n"
	    "type=PROCTITLE msg=audit(1.002:3): proctitle=\"a)b\"\nno record";
	struct strbuf out = { 0 };

	(void)state;
	audit_text_strip(&out, text, strlen(text));
	assert_string_equal(
	    strbuf_str(&out),
	    "SYSCALL: a0=1 comm=\"key=\"\nPROCTITLE: proctitle=\"a)b\"\nno record\n");
	strbuf_free(&out);
}

static void test_drop_labels(void **state)
{
	static const char text[] =
	    "type=SYSCALL msg=audit(1.002:3): a0=1 comm=\" subj=\" exe=\"/a\" subj=a//&b two "
	    "key=(null)\n"
	    "type=OBJ_PID msg=audit(1.002:3): opid=1 oses=-1 obj=a b ocomm=\" obj=\"\n"
	    "type=OBJ_PID msg=audit(1.002:3): opid=1 oses=-1 ocomm=\" obj=\"\n"
	    "type=PROCTITLE msg=audit(1.002:3): proctitle=\" obj=a\"";
	struct strbuf out = { 0 };

	(void)state;
	audit_text_drop_labels(&out, text, strlen(text));
	assert_string_equal(
	    strbuf_str(&out),
	    "type=SYSCALL msg=audit(1.002:3): a0=1 comm=\" subj=\" exe=\"/a\" key=(null)\n"
	    "type=OBJ_PID msg=audit(1.002:3): opid=1 oses=-1 ocomm=\" obj=\"\n"
	    "type=OBJ_PID msg=audit(1.002:3): opid=1 oses=-1 ocomm=\" obj=\"\n"
	    "type=PROCTITLE msg=audit(1.002:3): proctitle=\" obj=a\"\n");
	strbuf_free(&out);
}

static void test_decode(void **state)
{
	char to[4];

	(void)state;
	assert_string_equal(audit_text_decode("\"abc\"", to, sizeof(to)), "abc");
	assert_string_equal(audit_text_decode("\"abcd\"", to, sizeof(to)), "abc");
	assert_string_equal(audit_text_decode("612062", to, sizeof(to)), "a b");
	assert_string_equal(audit_text_decode("6120626364", to, sizeof(to)), "a b");
	assert_string_equal(audit_text_decode("(null)", to, sizeof(to)), "");
	assert_string_equal(audit_text_decode("616", to, sizeof(to)), "a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identical),
		TEST(test_time),
		TEST(test_time_within),
		TEST(test_several_fields),
		TEST(test_time_estimated),
		TEST(test_time_stalled),
		TEST(test_stalls),
		TEST(test_time_without_end),
		TEST(test_dying),
		TEST(test_kept_title),
		TEST(test_other_call),
		TEST(test_order),
		TEST(test_nearest),
		TEST(test_order_of_different),
		TEST(test_order_amid),
		TEST(test_order_of_arrival),
		TEST(test_order_after_loss),
		TEST(test_edge),
		TEST(test_edge_is_strict),
		TEST(test_forget),
		TEST(test_many),
		TEST(test_patience),
		TEST(test_late_arrival),
		TEST(test_fields),
		TEST(test_records),
		TEST(test_unreadable),
		TEST(test_unaudited),
		TEST(test_unauditable),
		TEST(test_outside),
		TEST(test_lost),
		TEST(test_muted),
		TEST(test_signal_argument),
		TEST(test_compat),
		TEST(test_filtered_sender),
		TEST(test_filtered_target),
		TEST(test_failed_only),
		TEST(test_superset),
		TEST(test_searched),
		TEST(test_searched_blocks),
		TEST(test_searched_is_strict),
		TEST(test_counts),
		TEST(test_causes),
		TEST(test_median),
		TEST(test_strip),
		TEST(test_drop_labels),
		TEST(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
