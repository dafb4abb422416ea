// SPDX-License-Identifier: GPL-2.0-only
/* Equal signals: their records, and how they are summed up. */
#include "events.h"
#include "format/value_text.h"
#include "stream/stream.h"

static const struct filter filter = { .wanted = { UINT64_MAX, true } };
static struct stream stream;
static struct any_record record;

/* What was shown, as words: the seq of each event, then "xN" if it stands for several. */
static struct strbuf shown;

static void show(void *context, struct event **events, size_t n)
{
	(void)context;
	for (size_t i = 0; i < n; i++) {
		const struct event *event = events[i];

		strbuf_addf(&shown, "%s%s%d", shown.len ? " " : "",
			    event->type == EVENT_EXIT ? "exit" : "", (int)event->seq);
		if (event->type == EVENT_SIGNAL && event->signal.count > 1)
			strbuf_addf(&shown, "x%d", (int)event->signal.count);
		if (event->type == EVENT_EXIT && event->exit.cause.known)
			strbuf_addf(&shown, " by %d", (int)event->exit.cause.seq);
	}
}

static void start(struct stream_config config)
{
	config.filter = &filter;
	config.handle = show;
	config.finds_causes = true;
	assert_int_equal(stream_init(&stream, &config), 0);
}

static int setup(void **state)
{
	(void)state;
	start((struct stream_config){ .sums_repeats = true });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stream_clear(&stream);
	strbuf_free(&shown);
	return 0;
}

static void send_at(uint64_t ms)
{
	record.header.time_ns = ms * 1000000;
	stream_add(&stream, record.bytes, record.header.size);
}

/* A full record of a signal to `target`; each target has a slot. */
static void add_signal(uint32_t target, int number, uint64_t ms)
{
	begin_signal(&record, KS_REC_SIGNAL, 10, target, number);
	record.signal.result = KS_RESULT_DELIVERED;
	record.header.slot = target % KS_REPEAT_SLOTS;
	send_at(ms);
}

static void repeat(uint32_t target, uint64_t ms)
{
	begin_record(&record, KS_REC_REPEAT, sizeof(struct ks_repeat));
	record.header.slot = target % KS_REPEAT_SLOTS;
	record.repeat.call_id = ms;
	send_at(ms);
}

static void add_exit(uint32_t pid, uint32_t code, uint64_t ms)
{
	begin_record(&record, KS_REC_EXIT, sizeof(struct ks_exit));
	record.exit.ids = make_ids(pid, "target");
	record.exit.known = KS_KNOWN_IDS;
	record.exit.code = code;
	record.exit.watch = KS_WATCH_TARGET;
	send_at(ms);
}

static void check(const char *want)
{
	stream_pass_time(&stream, UINT64_MAX);
	assert_string_equal(strbuf_str(&shown), want);
}

static void test_sum(void **state)
{
	(void)state;
	add_signal(20, 12, 1000);
	for (int i = 0; i < 100; i++)
		repeat(20, 1001);
	assert_string_equal(strbuf_str(&shown), "1"); /* the first at once */
	check("1 2x100");
	assert_int_equal(stream.seq, 101);
	assert_int_equal(stream.signals, 101);
}

static void test_windows(void **state)
{
	(void)state;
	add_signal(20, 12, 1000);
	for (int i = 1; i <= 25; i++)
		repeat(20, 1000 + 10 * i);
	/* From 1010 to 1110, from 1120 to 1220, and the rest. */
	assert_string_equal(strbuf_str(&shown), "1 2x11 13x11");
	check("1 2x11 13x11 24x3");
}

static void test_after_a_pause(void **state)
{
	(void)state;
	add_signal(20, 12, 1000);
	repeat(20, 1101);
	repeat(20, 1300);
	assert_string_equal(strbuf_str(&shown), "1 2 3");
	assert_false(stream_has_sums(&stream));
}

/* Storms that take turns do not hide each other. */
static void test_two(void **state)
{
	(void)state;
	add_signal(20, 12, 1000);
	add_signal(21, 12, 1000);
	for (int i = 0; i < 5; i++) {
		repeat(20, 1001);
		repeat(21, 1002);
	}
	check("1 2 3x5 8x5");
}

/* The target executes another program meanwhile: its record is the same, but it is not. */
static void test_described_anew(void **state)
{
	(void)state;
	begin_process(&record, 20, "before");
	send_at(999);
	add_signal(20, 12, 1000);
	for (int i = 0; i < 3; i++)
		repeat(20, 1001);
	begin_process(&record, 20, "after");
	send_at(1002);
	for (int i = 0; i < 3; i++)
		repeat(20, 1003);
	check("1 2x3 5 6x2");
}

/* Another record in the slot is another signal: a repetition is of that. */
static void test_replaced(void **state)
{
	(void)state;
	add_signal(20, 12, 1000);
	repeat(20, 1001);
	add_signal(20, 10, 1002);
	repeat(20, 1003);
	repeat(20, 1003);
	check("1 2 3 4x2");
	assert_int_equal(stream.decoder.bad, 0);
}

/* Its record was lost, or was too long: there is nothing to repeat. */
static void test_of_none(void **state)
{
	(void)state;
	repeat(20, 1000);
	assert_int_equal(stream.decoder.bad, 1);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 12);
	record.header.slot = 20 % KS_REPEAT_SLOTS;
	append(&record, (char[KS_REPEAT_BYTES]){ 0 }, KS_REPEAT_BYTES);
	send_at(1000);
	repeat(20, 1001);
	assert_int_equal(stream.decoder.bad, 2);
}

/* The times of the repetition, and nothing else, are its own. */
static void test_times(void **state)
{
	struct decoder decoder;
	struct seen seen = { 0 };

	(void)state;
	decoder_init(&decoder, see, &seen);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 12);
	record.header.size = record.header.fixed_bytes;
	feed(&decoder, &record);
	begin_record(&record, KS_REC_REPEAT, sizeof(struct ks_repeat));
	record.header.time_ns = 2000;
	record.repeat.call_id = 1900;
	record.repeat.entry_ns = 1800;
	record.repeat.coarse_ns = 1700;
	feed(&decoder, &record);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.events[1]->time_ns, 2000);
	assert_int_equal(seen.events[1]->signal.call.id, 1900);
	assert_int_equal(seen.events[1]->signal.call.entry_ns, 1800);
	assert_int_equal(seen.events[1]->signal.call.coarse_ns, 1700);
	assert_int_equal(seen.events[1]->signal.number, 12);
	assert_int_equal(seen.events[1]->signal.target.ids.process.pid, 20);
	assert_int_equal(seen.events[1]->signal.repeat.before_ns, 1000);
	forget_seen(&seen);
	decoder_clear(&decoder);
}

/* The end of a process comes behind its signals, and names the one that brought it about. */
static void test_exit(void **state)
{
	(void)state;
	add_signal(20, 9, 1000);
	add_signal(21, 12, 1000);
	for (int i = 0; i < 5; i++) {
		repeat(20, 1001);
		repeat(21, 1001);
	}
	add_exit(20, 9, 1002);
	check("1 2 3x5 exit8 by 3 9x5");
}

static void test_count(void **state)
{
	(void)state;
	stream_clear(&stream);
	start((struct stream_config){ .sums_repeats = true, .count = 4 });
	add_signal(20, 12, 1000);
	for (int i = 0; i < 10; i++)
		repeat(20, 1001);
	assert_string_equal(strbuf_str(&shown), "1 2x3");
	assert_true(stream_is_full(&stream));
}

static void test_each(void **state)
{
	(void)state;
	stream_clear(&stream);
	start((struct stream_config){ 0 });
	add_signal(20, 12, 1000);
	repeat(20, 1001);
	repeat(20, 1001);
	check("1 2 3");
}

static void test_formats(void **state)
{
	static const struct {
		uint64_t count;
		const char *text;
	} counts[] = { { 0, "" },
		       { 1, "" },
		       { 2, " x2" },
		       { 999, " x999" },
		       { 1000, " x1,000" },
		       { 14000, " x14,000" },
		       { 1234567, " x1,234,567" },
		       { UINT64_MAX, " x18,446,744,073,709,551,615" } };
	struct event *event = new_signal(10, 20, 12);

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char text[FORMAT_COUNT_MAX];

		event->signal.count = counts[i].count;
		assert_string_equal(format_count(event, text), counts[i].text);
	}
	event_free(event);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(sum),     TEST(windows),	     TEST(after_a_pause),
		TEST(two),     TEST(described_anew), TEST(replaced),
		TEST(of_none), TEST(times),	     TEST(exit),
		TEST(count),   TEST(each),	     TEST(formats),
	};

	return cmocka_run_group_tests_name("repeats", tests, NULL, NULL);
}
