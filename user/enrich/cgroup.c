// SPDX-License-Identifier: GPL-2.0-only
#include "enrich/cgroup.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "lib/array.h"

/* The next component at *@path, which moves behind it. Returns false at the end. */
static bool cgroup_next_component(const char **path, struct cgroup_span *ret)
{
	const char *text = *path + strspn(*path, "/");
	size_t len = strcspn(text, "/");

	*ret = (struct cgroup_span){ text, len };
	*path = text + len;
	return len > 0;
}

static bool cgroup_equals(struct cgroup_span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.text, text, span.len);
}

/* Take @prefix off, unless that leaves nothing. */
static bool cgroup_strip_prefix(struct cgroup_span *span, const char *prefix)
{
	size_t len = strlen(prefix);

	if (span->len <= len || memcmp(span->text, prefix, len) != 0)
		return false;
	span->text += len;
	span->len -= len;
	return true;
}

/* Take @suffix off, unless that leaves nothing. */
static bool cgroup_strip_suffix(struct cgroup_span *span, const char *suffix)
{
	size_t len = strlen(suffix);

	if (span->len <= len || memcmp(span->text + span->len - len, suffix, len) != 0)
		return false;
	span->len -= len;
	return true;
}

/* Slices contain units rather than run anything: they do not count. */
static bool cgroup_has_type_suffix(struct cgroup_span name)
{
	static const char *const types[] = {
		".service",   ".scope", ".socket", ".mount",  ".swap",
		".automount", ".timer", ".path",   ".target", ".device"
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (cgroup_strip_suffix(&name, types[i]))
			return true;
	return false;
}

static bool cgroup_is_unit_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(":-_.\\@", c));
}

static bool cgroup_is_unit(struct cgroup_span name)
{
	if (name.len > NAME_MAX || name.text[0] == '@' || !cgroup_has_type_suffix(name))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!cgroup_is_unit_char(name.text[i]))
			return false;
	return true;
}

static bool cgroup_is_slice(struct cgroup_span name)
{
	return cgroup_strip_suffix(&name, ".slice");
}

/* The next component that is no slice, at *@path, which moves behind it. */
static bool cgroup_skip_slices(const char **path, struct cgroup_span *ret)
{
	while (cgroup_next_component(path, ret))
		if (!cgroup_is_slice(*ret))
			return true;
	return false;
}

/* What comes next at *@path, which moves behind it, if only slices come before it. */
static bool cgroup_next_unit(const char **path, struct cgroup_span *ret)
{
	struct cgroup_span part;

	if (!cgroup_skip_slices(path, &part))
		return false;
	cgroup_strip_prefix(&part, "_");
	if (!cgroup_is_unit(part))
		return false;
	*ret = part;
	return true;
}

bool cgroup_unit(const char *path, struct cgroup_span *ret)
{
	return cgroup_next_unit(&path, ret);
}

/* user@1000.service: the manager of a user, by number. */
static bool cgroup_is_user_manager(struct cgroup_span unit)
{
	if (!cgroup_strip_prefix(&unit, "user@") || !cgroup_strip_suffix(&unit, ".service"))
		return false;
	for (size_t i = 0; i < unit.len; i++)
		if (unit.text[i] < '0' || unit.text[i] > '9')
			return false;
	return true;
}

bool cgroup_user_unit(const char *path, struct cgroup_span *ret)
{
	struct cgroup_span manager;

	return cgroup_next_unit(&path, &manager) && cgroup_is_user_manager(manager) &&
	       cgroup_next_unit(&path, ret);
}

bool cgroup_is_id(const char *text)
{
	for (size_t i = 0; i < CGROUP_ID_BYTES; i++)
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return true;
}

/* <id>, docker-<id>.scope, cri-containerd-<id>.scope, POD.slice:cri-containerd:<id> */
static bool cgroup_container_id(struct cgroup_span part, struct cgroup_span *ret)
{
	struct cgroup_span runtime;

	cgroup_strip_suffix(&part, ".scope");
	if (part.len < CGROUP_ID_BYTES)
		return false;
	runtime = (struct cgroup_span){ part.text, part.len - CGROUP_ID_BYTES };
	part = (struct cgroup_span){ part.text + runtime.len, CGROUP_ID_BYTES };
	if (!cgroup_is_id(part.text))
		return false;
	if (runtime.len && !cgroup_strip_suffix(&runtime, "-") &&
	    !cgroup_strip_suffix(&runtime, ":"))
		return false;
	/* libpod-conmon-<id>.scope is what watches the container from outside. */
	if (cgroup_equals(runtime, "conmon") || cgroup_strip_suffix(&runtime, "-conmon"))
		return false;
	*ret = part;
	return true;
}

static bool cgroup_container_name(struct cgroup_span parent, struct cgroup_span part,
				  struct cgroup_span *ret)
{
	bool found = cgroup_strip_prefix(&part, "lxc.payload.") || cgroup_equals(parent, "lxc") ||
		     cgroup_equals(parent, "lxc.payload");
	struct cgroup_span name = part;

	if (!found && cgroup_strip_suffix(&name, ".scope"))
		found = cgroup_strip_prefix(&name, "machine-");
	else if (!found && cgroup_strip_suffix(&name, ".service"))
		found = cgroup_strip_prefix(&name, "systemd-nspawn@");
	if (found)
		*ret = name;
	return found;
}

bool cgroup_container(const char *path, struct cgroup_span *ret)
{
	struct cgroup_span parent = { "", 0 }, part;
	bool found = false;

	while (cgroup_next_component(&path, &part)) {
		if (cgroup_container_id(part, ret) || cgroup_container_name(parent, part, ret))
			found = true;
		parent = part;
	}
	return found;
}

static bool cgroup_is_of_user(struct cgroup_span part, const char *prefix, const char *suffix)
{
	return cgroup_strip_prefix(&part, prefix) && cgroup_strip_suffix(&part, suffix) &&
	       !cgroup_equals(part, "0");
}

/*
 * What users may have a say in: user-1000.slice, as pam_cgfs of LXC does for sessions, its /user;
 * user@1000.service, below which a user's own manager runs units.
 */
static bool cgroup_is_users(struct cgroup_span parent, struct cgroup_span part)
{
	return cgroup_is_of_user(part, "user-", ".slice") ||
	       cgroup_is_of_user(part, "user@", ".service") ||
	       (!parent.len && cgroup_equals(part, "user"));
}

bool cgroup_root_container(const char *path, struct cgroup_span *ret)
{
	struct cgroup_span parent = { "", 0 }, part, id = { NULL, 0 };

	while (cgroup_next_component(&path, &part)) {
		bool has_id = cgroup_container_id(part, ret);

		if (!id.text && cgroup_is_users(parent, part))
			return false;
		if ((has_id && id.text) || (!has_id && cgroup_container_name(parent, part, ret)))
			return false;
		if (has_id)
			id = *ret;
		parent = part;
	}
	*ret = id;
	return id.text;
}

/* fnmatch() wants C strings. */
static bool cgroup_span_copy(struct cgroup_span span, char buf[NAME_MAX + 1])
{
	if (span.len > NAME_MAX)
		return false;
	memcpy(buf, span.text, span.len);
	buf[span.len] = '\0';
	return true;
}

static bool cgroup_glob_matches(struct cgroup_span pattern, struct cgroup_span name)
{
	char glob[NAME_MAX + 1], text[NAME_MAX + 1];

	/* Compared first: a name may have the form of a glob, or be no text in this locale. */
	if (pattern.len == name.len && !memcmp(pattern.text, name.text, name.len))
		return true;
	return cgroup_span_copy(pattern, glob) && cgroup_span_copy(name, text) &&
	       fnmatch(glob, text, FNM_NOESCAPE) == 0;
}

static bool cgroup_path_matches(const char *path, const char *pattern)
{
	struct cgroup_span part, want;

	while (cgroup_next_component(&pattern, &want))
		if (!cgroup_next_component(&path, &part) || !cgroup_glob_matches(want, part))
			return false;
	return true;
}

/* @pattern as a unit's name; with @typed unset, ".service" may be missing from it. */
static bool cgroup_component_matches(struct cgroup_span part, struct cgroup_span pattern,
				     bool typed)
{
	if (cgroup_glob_matches(pattern, part))
		return true;
	return !typed && cgroup_strip_suffix(&part, ".service") &&
	       cgroup_glob_matches(pattern, part);
}

/* Slices, and the first that is none: who names what is below may be anyone. */
static bool cgroup_name_matches(const char *path, struct cgroup_span pattern)
{
	struct cgroup_span slice = pattern, part;
	bool typed = cgroup_has_type_suffix(pattern) || cgroup_strip_suffix(&slice, ".slice");

	while (cgroup_next_component(&path, &part)) {
		if (cgroup_component_matches(part, pattern, typed))
			return true;
		if (cgroup_strip_prefix(&part, "_") &&
		    cgroup_component_matches(part, pattern, typed))
			return true;
		if (!cgroup_is_slice(part))
			return false;
	}
	return false;
}

bool cgroup_matches(const char *path, const char *pattern)
{
	if (!*pattern)
		return false;
	if (strchr(pattern, '/'))
		return cgroup_path_matches(path, pattern);
	return cgroup_name_matches(path, (struct cgroup_span){ pattern, strlen(pattern) });
}
