// SPDX-License-Identifier: GPL-2.0-only
/* CPU time that each format takes for an event of a recording, beside all that comes before. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "enrich/users.h"
#include "format/format.h"
#include "lib/array.h"
#include "stream/replay.h"

enum {
	FLUSH_BYTES = 1 << 16, /* as in output/text.c, which then writes them */
	EVENTS_MIN = 20000,
};

static const struct row {
	const char *name;
	const struct format *format; /* NULL: none, which is what the others are compared with */
	bool audit_enriched;
} rows[] = {
	{ "none", NULL },
	{ "table", &format_table },
	{ "verbose", &format_verbose },
	{ "json", &format_json },
	{ "audit", &format_audit },
	{ "audit_enriched", &format_audit, true },
};

struct run {
	struct stream stream;
	struct formatter formatter;
	struct strbuf text;
	uint64_t events, bytes;
};

static void on_events(void *context, struct event **events, size_t n)
{
	struct run *run = context;
	size_t before = run->text.len;

	run->events += n;
	if (!run->formatter.format)
		return;
	formatter_events(&run->formatter, events, n);
	run->bytes += run->text.len - before;
	if (run->text.len > FLUSH_BYTES)
		strbuf_reset(&run->text);
}

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static void open_run(struct run *run, const struct row *row)
{
	static const struct filter filter;
	static struct format_config format_config;
	const struct stream_config config = {
		.filter = &filter,
		.finds_causes = true,
		.wants_names = true,
		.finds_blasts = true,
		.handle = on_events,
		.context = run,
	};

	*run = (struct run){ 0 };
	format_config = (struct format_config){
		.clock = &run->stream.clock,
		.columns = COLUMNS_DEFAULT,
		.audit_enriched = row->audit_enriched,
	};
	if (stream_init(&run->stream, &config) ||
	    (row->format &&
	     formatter_open(&run->formatter, row->format, &format_config, &run->text)))
		abort();
}

/* Returns the time it took. */
static uint64_t replay(struct run *run, const struct row *row, const struct strbuf *records)
{
	uint64_t ns;

	open_run(run, row);
	ns = cpu_ns();
	stream_replay(&run->stream, records->data, records->len);
	ns = cpu_ns() - ns;
	if (run->formatter.format)
		formatter_close(&run->formatter);
	stream_clear(&run->stream);
	strbuf_free(&run->text);
	return ns;
}

static void read_file(const char *path, struct strbuf *to)
{
	FILE *file = fopen(path, "re");
	char buffer[65536];

	for (size_t n; file && (n = fread(buffer, 1, sizeof(buffer), file));)
		strbuf_add(to, buffer, n);
	if (!file || ferror(file) || to->err) {
		perror(path);
		exit(1);
	}
	fclose(file);
}

/* Nanoseconds an event, of so many at least. */
static double time_row(struct run *run, const struct row *row, const struct strbuf *records)
{
	uint64_t ns = 0, events = 0;

	do {
		ns += replay(run, row, records);
		events += run->events;
	} while (run->events && events < EVENTS_MIN);
	return events ? (double)ns / events : 0;
}

int main(int argc, char **argv)
{
	static struct run run; /* large */
	struct strbuf records = { 0 };
	double best[ARRAY_SIZE(rows)], bytes[ARRAY_SIZE(rows)];

	if (argc != 3) {
		fprintf(stderr,
			"Usage: bench-format RECORDING ROUNDS\n"
			"Prints: FORMAT, nanoseconds an event, best of all rounds, bytes\n");
		return 2;
	}
	read_file(argv[1], &records);
	for (int round = 0; round < atoi(argv[2]); round++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			double ns = time_row(&run, &rows[i], &records);

			best[i] = !round || ns < best[i] ? ns : best[i];
			bytes[i] = run.events ? (double)run.bytes / run.events : 0;
		}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		printf("%s %.0f %.0f\n", rows[i].name, best[i] - (i ? best[0] : 0), bytes[i]);
	users_forget();
	strbuf_free(&records);
	return 0;
}
