// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/cgroup.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "lib/array.h"

#define ID_LEN 64

/* The next component at *@path, which moves behind it. Returns false at the end. */
static bool next_component(const char **path, struct cgroup_span *ret)
{
	const char *text = *path + strspn(*path, "/");
	size_t len = strcspn(text, "/");

	*ret = (struct cgroup_span){ text, len };
	*path = text + len;
	return len > 0;
}

static bool equals(struct cgroup_span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.text, text, span.len);
}

/* Take @prefix off, unless that leaves nothing. */
static bool strip_prefix(struct cgroup_span *span, const char *prefix)
{
	size_t len = strlen(prefix);

	if (span->len <= len || memcmp(span->text, prefix, len) != 0)
		return false;
	span->text += len;
	span->len -= len;
	return true;
}

/* Take @suffix off, unless that leaves nothing. */
static bool strip_suffix(struct cgroup_span *span, const char *suffix)
{
	size_t len = strlen(suffix);

	if (span->len <= len || memcmp(span->text + span->len - len, suffix, len) != 0)
		return false;
	span->len -= len;
	return true;
}

/* Slices contain units rather than run anything: they are told apart. */
static bool has_type_suffix(struct cgroup_span name)
{
	static const char *const types[] = {
		".service",   ".scope", ".socket", ".mount",  ".swap",
		".automount", ".timer", ".path",   ".target", ".device"
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strip_suffix(&name, types[i]))
			return true;
	return false;
}

static bool is_unit_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(":-_.\\@", c));
}

static bool is_unit(struct cgroup_span name)
{
	if (name.len > NAME_MAX || name.text[0] == '@' || !has_type_suffix(name))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_unit_char(name.text[i]))
			return false;
	return true;
}

bool cgroup_unit(const char *path, struct cgroup_span *ret)
{
	struct cgroup_span part;
	bool found = false;

	while (next_component(&path, &part)) {
		strip_prefix(&part, "_");
		if (is_unit(part)) {
			*ret = part;
			found = true;
		}
	}
	return found;
}

static bool is_id(const char *text)
{
	for (size_t i = 0; i < ID_LEN; i++)
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return true;
}

/* <id>, docker-<id>.scope, cri-containerd-<id>.scope, POD.slice:cri-containerd:<id> */
static bool container_id(struct cgroup_span part, struct cgroup_span *ret)
{
	struct cgroup_span runtime;

	strip_suffix(&part, ".scope");
	if (part.len < ID_LEN)
		return false;
	runtime = (struct cgroup_span){ part.text, part.len - ID_LEN };
	part = (struct cgroup_span){ part.text + runtime.len, ID_LEN };
	if (!is_id(part.text))
		return false;
	if (runtime.len && !strip_suffix(&runtime, "-") && !strip_suffix(&runtime, ":"))
		return false;
	/* libpod-conmon-<id>.scope is what watches the container from outside. */
	if (equals(runtime, "conmon") || strip_suffix(&runtime, "-conmon"))
		return false;
	*ret = part;
	return true;
}

static bool container_name(struct cgroup_span parent, struct cgroup_span part,
			   struct cgroup_span *ret)
{
	bool found = strip_prefix(&part, "lxc.payload.") || equals(parent, "lxc") ||
		     equals(parent, "lxc.payload");
	struct cgroup_span name = part;

	if (!found && strip_suffix(&name, ".scope"))
		found = strip_prefix(&name, "machine-");
	else if (!found && strip_suffix(&name, ".service"))
		found = strip_prefix(&name, "systemd-nspawn@");
	if (found)
		*ret = name;
	return found;
}

bool cgroup_container(const char *path, struct cgroup_span *ret)
{
	struct cgroup_span parent = { "", 0 }, part;
	bool found = false;

	while (next_component(&path, &part)) {
		if (container_id(part, ret) || container_name(parent, part, ret))
			found = true;
		parent = part;
	}
	return found;
}

/* fnmatch() wants C strings. */
static bool span_copy(struct cgroup_span span, char buf[NAME_MAX + 1])
{
	if (span.len > NAME_MAX)
		return false;
	memcpy(buf, span.text, span.len);
	buf[span.len] = '\0';
	return true;
}

static bool glob_matches(struct cgroup_span pattern, struct cgroup_span name)
{
	char glob[NAME_MAX + 1], text[NAME_MAX + 1];

	/* Compared first: a name may look like a glob, or be no text in this locale. */
	if (pattern.len == name.len && !memcmp(pattern.text, name.text, name.len))
		return true;
	return span_copy(pattern, glob) && span_copy(name, text) &&
	       fnmatch(glob, text, FNM_NOESCAPE) == 0;
}

static bool path_matches(const char *path, const char *pattern)
{
	struct cgroup_span part, want;

	while (next_component(&pattern, &want))
		if (!next_component(&path, &part) || !glob_matches(want, part))
			return false;
	return true;
}

/* @pattern as a unit's name; with @typed unset, ".service" may be missing from it. */
static bool component_matches(struct cgroup_span part, struct cgroup_span pattern, bool typed)
{
	if (glob_matches(pattern, part))
		return true;
	return !typed && strip_suffix(&part, ".service") && glob_matches(pattern, part);
}

static bool name_matches(const char *path, struct cgroup_span pattern)
{
	struct cgroup_span slice = pattern, part;
	bool typed = has_type_suffix(pattern) || strip_suffix(&slice, ".slice");

	while (next_component(&path, &part)) {
		if (component_matches(part, pattern, typed))
			return true;
		if (strip_prefix(&part, "_") && component_matches(part, pattern, typed))
			return true;
	}
	return false;
}

bool cgroup_matches(const char *path, const char *pattern)
{
	if (!*pattern)
		return false;
	if (strchr(pattern, '/'))
		return path_matches(path, pattern);
	return name_matches(path, (struct cgroup_span){ pattern, strlen(pattern) });
}
