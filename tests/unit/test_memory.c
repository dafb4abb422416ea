// SPDX-License-Identifier: GPL-2.0-only
/* Without memory: nothing is lost without being counted, and nothing crashes. */
#include <errno.h>

#include <signal.h>

#include "formats.h"
#include "stream/stream.h"

/* ---- the allocations of all that is tested: the linker wraps them, see Makefile ---- */

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);

static unsigned long fail_in; /* the allocation that fails; 0: none */

static bool fails(void)
{
	return fail_in && !--fail_in;
}

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return fails() ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
	return fails() ? NULL : __real_realloc(memory, bytes);
}
// NOLINTEND(bugprone-reserved-identifier)

/* ---- decoding ---- */

static struct any_record record;
static struct decoder decoder;

static void count_events(void *context, struct event **events, size_t n)
{
	size_t *seen = context;

	(void)events;
	*seen += n;
}

static int decode(unsigned long failing)
{
	int err;

	fail_in = failing;
	err = decode_record(&decoder, &record, record.header.size);
	fail_in = 0;
	return err;
}

static void begin_shell(uint32_t pid)
{
	struct ks_process *process = &record.description.process;

	begin_process(&record, pid, "sh");
	process->known |= KS_KNOWN_EXE | KS_KNOWN_CWD | KS_KNOWN_CGROUP | KS_KNOWN_ARGV;
	process->exe = APPEND(&record, "sh\0bin\0root\0");
	process->exe_below_root = sizeof("sh\0bin");
	process->cwd = APPEND(&record, "tmp\0");
	process->cgroup = APPEND(&record, "a.slice\0");
	process->argv = APPEND(&record, "sh\0-c\0");
}

/* Each allocation of a description fails once. */
static void test_process(void **state)
{
	unsigned long n = 1;
	size_t seen = 0;

	(void)state;
	decoder_init(&decoder, count_events, &seen);
	begin_shell(1);
	assert_int_equal(decode(0), 0);
	begin_shell(2);
	while (decode(n) == -ENOMEM) {
		assert_int_equal(decoder.failed, n++);
		assert_null(process_find(&decoder.processes, &(struct ks_pidref){ 2, 2, 2000000 }));
	}
	assert_int_equal(n, 7); /* the process and its strings */
	assert_non_null(process_find(&decoder.processes, &(struct ks_pidref){ 2, 2, 2000000 }));
	assert_int_equal(decoder.bad, 0);
	decoder_clear(&decoder);
}

static void test_signal(void **state)
{
	size_t seen = 0;

	(void)state;
	decoder_init(&decoder, count_events, &seen);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	record.signal.sender.known |= KS_KNOWN_ARGV;
	record.signal.argv = APPEND(&record, "kill\0");
	assert_int_equal(decode(1), 0); /* it cannot be repeated */
	assert_int_equal(decode(2), 0);
	assert_int_equal(decoder.failed, 2);
	assert_int_equal(seen, 2);
	assert_int_equal(decode(0), 0);
	assert_int_equal(decode(1), -ENOMEM);
	assert_int_equal(decoder.failed, 3);
	assert_int_equal(seen, 3);
	assert_int_equal(decode(2), 0); /* its arguments, which are not all of it */
	assert_int_equal(seen, 4);
	assert_int_equal(decoder.failed, 4);
	decoder_clear(&decoder);
}

/* The event that stands for a loss can be lost, too. */
static void test_loss(void **state)
{
	size_t seen = 0;

	(void)state;
	decoder_init(&decoder, count_events, &seen);
	fail_in = 1;
	decode_tail_loss(&decoder, KS_RING_BULK, 5);
	fail_in = 0;
	assert_int_equal(decoder.failed, 1);
	assert_int_equal(seen, 0);
	decoder_clear(&decoder);
}

/* ---- the stream ---- */

static void add_record(struct stream *stream, unsigned long failing)
{
	fail_in = failing;
	stream_add(stream, &record, record.header.size);
	fail_in = 0;
}

static size_t n_handled;

static void count_handled(void *context, struct event **events, size_t n)
{
	(void)context;
	(void)events;
	n_handled += n;
}

enum { BEFORE = 2 }; /* allocations that keep the record, for its repetitions */

/* A signal to a process that is known, of which the allocation `failing` fails. */
static void check_enriching(int number, unsigned long failing, uint64_t failed)
{
	static struct filter filter;
	const struct stream_config config = { .filter = &filter,
					      .finds_causes = true,
					      .handle = count_handled };
	struct stream stream;

	n_handled = 0;
	assert_int_equal(stream_init(&stream, &config), 0);
	begin_process(&record, 10, "sender");
	record.description.process.parent = make_ref(1);
	add_record(&stream, 0);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, number);
	add_record(&stream, failing ? BEFORE + failing : 0);
	assert_int_equal(n_handled, 1);
	assert_int_equal(stream.failed, failed);
	stream_show_failures(&stream);
	assert_int_equal(stream.losses[LOSS_MEMORY].count, failed);
	stream_clear(&stream);
}

/* What still waits when a stream is cleared is not handled: whoever would get it has gone. */
static void test_cleared(void **state)
{
	static struct filter filter;
	const struct stream_config config = { .filter = &filter, .handle = count_handled };
	struct stream stream;

	(void)state;
	n_handled = 0;
	assert_int_equal(stream_init(&stream, &config), 0);
	begin_signal(&record, KS_REC_SIGNAL, 10, 20, 9);
	in_call(&record, 7);
	add_record(&stream, 0);
	stream_clear(&stream);
	assert_int_equal(n_handled, 0);
}

/* What an event lacks is counted as a loss: a signal's ancestors, what a verdict needs later. */
static void test_enriching(void **state)
{
	(void)state;
	check_enriching(SIGTERM, 0, 0);
	check_enriching(SIGTERM, 2, 1); /* ancestors, behind the event itself */
	check_enriching(SIGTERM, 3, 1); /* the verdict */
	check_enriching(SIGSTOP, 2, 1); /* that it stopped */
}

/* ---- blasts ---- */

/* What could not be counted is more than the count says. */
static void test_blast(void **state)
{
	struct event *events[3];
	struct blasts blasts = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		events[i] = new_signal(10, 20 + i, SIGTERM);
	fail_in = 1;
	assert_int_equal(blast_note(&blasts, events[0]), -ENOMEM);
	assert_int_equal(events[0]->signal.reach.blast, 0);
	assert_int_equal(blast_note(&blasts, events[0]), 0);
	assert_int_equal(blast_note(&blasts, events[1]), 0);
	assert_int_equal(events[1]->signal.reach.more, 0);
	fail_in = 1;
	assert_int_equal(blast_note(&blasts, events[2]), 0);
	assert_int_equal(events[2]->signal.reach.counts[BLAST_PROCESSES], 2);
	assert_int_equal(events[2]->signal.reach.more, 1 << BLAST_PROCESSES);
	for (uint32_t i = 0; i < 3; i++)
		event_free(events[i]);
	blast_clear(&blasts);
}

/* ---- tasks and formats ---- */

static void test_task_copy(void **state)
{
	struct task from = make_task(10, "sh"), to;

	(void)state;
	set_live_argv(&from, "a\0b", 3, 3);
	from.known |= KS_KNOWN_ARGV;
	fail_in = 1;
	assert_int_equal(task_copy(&to, &from), -ENOMEM);
	assert_null(to.argv);
	assert_int_equal(to.argv_bytes + to.live_argv_bytes + to.arg_area_bytes, 0);
	assert_false(task_equal(&to, &from));
	task_clear(&to);
	assert_int_equal(task_copy(&to, &from), 0);
	assert_true(task_equal(&to, &from));
	task_clear(&to);
	task_clear(&from);
	assert_int_equal(task_copy(&to, &from), 0); /* without arguments, nothing is needed */
}

/* What was made without memory is not shown later, as if it were all. */
static void test_json(void **state)
{
	char *whole = strdup(format_one(&format_json, new_hostile()));

	(void)state;
	forget_processes();
	for (unsigned long n = 1;; n++) {
		struct event *event = new_hostile();
		bool has_failed;

		enrich_for_test(event, &table);
		event->real_ns = TIME_NS;
		formatter_of(&format_json);
		strbuf_free(&out);
		fail_in = n;
		formatter_events(formatter_of(&format_json), &event, 1);
		has_failed = !fail_in;
		fail_in = 0;
		assert_true(out.err == -ENOMEM || !strcmp(strbuf_str(&out), whole));
		assert_string_equal(format_one(&format_json, event), whole);
		forget_processes();
		if (!has_failed)
			break;
	}
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_process),   TEST(test_signal), TEST(test_loss),      TEST(test_cleared),
		TEST(test_enriching), TEST(test_blast),	 TEST(test_task_copy), TEST(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
