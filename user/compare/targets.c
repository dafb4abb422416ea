// SPDX-License-Identifier: GPL-2.0-only
#include "compare/targets.h"

#include <stdlib.h>
#include <string.h>

#include "compare/view.h"

enum { PIDS_PER_BLOCK = 16 }; /* AUDIT_AUX_PIDS, kernel/auditsc.c */

/* The targets of one side: as fields, and as lines of the body. */
struct list {
	struct view view;
	const char **lines;
};

/* The OBJ_PID lines, as many as there is room for. Returns how many there are. */
static size_t compare_targets_find_lines(const struct strbuf *body, const char **lines, size_t room)
{
	static const char type[] = "OBJ_PID:";
	size_t n = 0;

	for (const char *line = strbuf_str(body); line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, type, strlen(type)))
			continue;
		if (n < room)
			lines[n] = line;
		n++;
	}
	return n;
}

static bool compare_targets_list_fill(struct list *list, struct audit_text *parser,
				      const struct compare_event *event)
{
	compare_view_fill(&list->view, parser, event);
	list->lines = calloc(list->view.n + 1, sizeof(*list->lines));
	return list->lines &&
	       compare_targets_find_lines(&event->body, list->lines, list->view.n) == list->view.n;
}

static void compare_targets_list_clear(struct list *list)
{
	compare_view_clear(&list->view);
	free(list->lines);
}

/*
 * Where the target is printed that the call came to as number `nth`: the first comes last, the
 * others in blocks, the newest block first. See format_audit_add_targets() in format/audit.c.
 */
static size_t compare_targets_place_of(const struct list *list, size_t nth)
{
	size_t others = list->view.n - 1, end;

	if (!nth)
		return others;
	end = ((nth - 1) / PIDS_PER_BLOCK + 1) * PIDS_PER_BLOCK;
	return (others > end ? others - end : 0) + (nth - 1) % PIDS_PER_BLOCK;
}

static bool compare_targets_is_same_line(const char *a, const char *b)
{
	size_t bytes = strcspn(a, "\n");

	return bytes == strcspn(b, "\n") && !memcmp(a, b, bytes);
}

static bool compare_targets_is_born(const struct compare_event *ours, uint32_t pid)
{
	for (size_t i = 0; i < ours->facts.n_born; i++)
		if (ours->facts.born[i] == pid)
			return true;
	return false;
}

/*
 * kill_ok_by_cred(), kernel/signal.c: root, and who has the same user id, may signal it. A target
 * that got a signal is not searched for.
 */
static bool compare_targets_may_be_refused(const struct view *view, const struct target *target)
{
	return view->euid && view->euid != target->uid && view->uid != target->uid;
}

struct search {
	const struct compare_host *host;
	const struct compare_event *ours;
	struct list lists[SIDES];
	bool is_probe; /* signal 0: no target gets one */
};

static bool compare_targets_is_gone(const struct search *search, const struct target *target)
{
	const struct compare_host *host = search->host;

	return host->has_process &&
	       (search->is_probe ||
		compare_targets_may_be_refused(&search->lists[SIDE_AUDIT].view, target)) &&
	       !host->has_process(target->pid, search->ours->facts.begin_ns);
}

static bool compare_targets_is_explained(const struct search *search)
{
	const struct list *ours = &search->lists[SIDE_KILLSNOOP];
	const struct list *audit = &search->lists[SIDE_AUDIT];
	size_t i = 0, j = 0;

	while (i < ours->view.n || j < audit->view.n) {
		size_t own = i < ours->view.n ? compare_targets_place_of(ours, i) : 0;
		size_t other = j < audit->view.n ? compare_targets_place_of(audit, j) : 0;
		bool has_both = i < ours->view.n && j < audit->view.n;

		if (has_both && compare_targets_is_same_line(ours->lines[own], audit->lines[other]))
			i++, j++;
		else if (i < ours->view.n &&
			 compare_targets_is_born(search->ours, ours->view.targets[own].pid))
			i++;
		else if (j < audit->view.n &&
			 compare_targets_is_gone(search, &audit->view.targets[other]))
			j++;
		else
			return false;
	}
	return true;
}

bool compare_is_searched(struct audit_text *parser, const struct compare_host *host,
			 const struct compare_event *ours, const struct compare_event *audit)
{
	struct search search = {
		.host = host,
		.ours = ours,
		.is_probe = !compare_signal_of(&ours->call.key),
	};
	bool is_filled;

	if (!ours->facts.is_searched)
		return false;
	is_filled = compare_targets_list_fill(&search.lists[SIDE_KILLSNOOP], parser, ours);
	is_filled &= compare_targets_list_fill(&search.lists[SIDE_AUDIT], parser, audit);
	is_filled = is_filled && compare_targets_is_explained(&search);
	compare_targets_list_clear(&search.lists[SIDE_KILLSNOOP]);
	compare_targets_list_clear(&search.lists[SIDE_AUDIT]);
	return is_filled;
}
