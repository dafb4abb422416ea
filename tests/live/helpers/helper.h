/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the helpers share. They are the oracle of the tests: each prints what it did and who it is,
 * one JSON object a line, and the tests compare killsnoop's output with that.
 */
#ifndef KS_TESTS_HELPER_H
#define KS_TESTS_HELPER_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NORETURN __attribute__((noreturn))

enum { EXIT_BROKEN = 99 }; /* the helper itself failed, not what it tests */

static inline NORETURN void die(const char *what)
{
	perror(what);
	_exit(EXIT_BROKEN);
}

/* In one write, so that lines of several processes do not mix. */
static inline void say(const char *line, size_t length)
{
	if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
		die("stdout");
}

static inline int64_t clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* The whole of a small file; its length, or -1. */
static inline ssize_t read_file(const char *path, char *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t bytes, length = 0;

	if (fd < 0)
		return -1;
	while ((bytes = read(fd, to + length, room - 1 - length)) > 0)
		length += bytes;
	close(fd);
	to[length] = '\0';
	return bytes < 0 ? -1 : length;
}

/* Any bytes: each that is not plain ASCII becomes the character of the same number. */
static inline void add_string(FILE *to, const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		unsigned char byte = *text;

		if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
			fprintf(to, "\\u%04x", byte);
		else
			putc(byte, to);
	}
	putc('"', to);
}

static inline void add_member(FILE *to, const char *name, const char *text)
{
	fprintf(to, ",\"%s\":", name);
	if (text)
		add_string(to, text);
	else
		fputs("null", to);
}

/* The last component of a link, such as /proc/self. */
static inline void read_link_number(const char *path, long *ret)
{
	char link[64] = "";
	const char *slash;

	if (readlink(path, link, sizeof(link) - 1) < 0)
		die(path);
	slash = strrchr(link, '/');
	*ret = atol(slash ? slash + 1 : link);
}

struct stat_line {
	long ppid;
	unsigned int tty;
	unsigned long long start_ticks;
};

enum { STAT_BYTES = 1024 };

/* What /proc/self/stat has from the end of the name on, which may hold anything. */
static inline const char *read_stat_text(char text[STAT_BYTES])
{
	if (read_file("/proc/self/stat", text, STAT_BYTES) < 0)
		die("/proc/self/stat");
	return strrchr(text, ')');
}

static inline void read_stat(struct stat_line *ret)
{
	char text[STAT_BYTES];

	if (sscanf(read_stat_text(text),
		   ") %*c %ld %*d %*d %u %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
		   " %*d %*d %llu",
		   &ret->ppid, &ret->tty, &ret->start_ticks) != 3)
		die("/proc/self/stat");
}

/* As the driver names it; NULL: no terminal. */
static inline const char *tty_name(unsigned int tty, char to[32])
{
	unsigned int major = tty >> 8 & 0xfff, minor = (tty & 0xff) | (tty >> 12 & 0xfff00);

	if (!tty)
		return NULL;
	if (major >= 136 && major <= 143)
		snprintf(to, 32, "pts%u", (major - 136) * 256 + minor);
	else if (major == 4)
		snprintf(to, 32, minor < 64 ? "tty%u" : "ttyS%u", minor < 64 ? minor : minor - 64);
	else
		snprintf(to, 32, "unknown");
	return to;
}

static inline void add_credentials(FILE *to)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;

	getresuid(&uid, &euid, &suid);
	getresgid(&gid, &egid, &sgid);
	fprintf(to, ",\"uid\":%u,\"euid\":%u,\"suid\":%u,\"fsuid\":%u", uid, euid, suid,
		(unsigned int)setfsuid(-1));
	fprintf(to, ",\"gid\":%u,\"egid\":%u,\"sgid\":%u,\"fsgid\":%u", gid, egid, sgid,
		(unsigned int)setfsgid(-1));
}

static inline void add_audit(FILE *to)
{
	char text[32];

	fprintf(to, ",\"auid\":%s",
		read_file("/proc/self/loginuid", text, sizeof(text)) > 0 ? text : "null");
	fprintf(to, ",\"ses\":%s",
		read_file("/proc/self/sessionid", text, sizeof(text)) > 0 ? text : "null");
}

/* One path for each hierarchy. */
static inline void add_cgroups(FILE *to)
{
	const char *separator = "";
	char text[8192], *line;

	fputs(",\"cgroups\":[", to);
	if (read_file("/proc/self/cgroup", text, sizeof(text)) <= 0)
		text[0] = '\0';
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		fputs(separator, to);
		add_string(to, strstr(line, ":/") + 1);
		separator = ",";
	}
	putc(']', to);
}

static inline void add_arguments(FILE *to)
{
	char text[65536];
	ssize_t length = read_file("/proc/self/cmdline", text, sizeof(text));

	fputs(",\"cmdline\":[", to);
	for (ssize_t at = 0; at < length; at += strlen(text + at) + 1) {
		if (at)
			putc(',', to);
		add_string(to, text + at);
	}
	putc(']', to);
}

static inline void add_paths(FILE *to)
{
	char path[4097];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length < 0 ? 0 : length] = '\0';
	add_member(to, "exe", length < 0 ? NULL : path);
	add_member(to, "cwd", getcwd(path, sizeof(path)));
}

/* Who the calling thread is, with the pids of the namespace that /proc belongs to. */
static inline void add_facts(FILE *to)
{
	struct stat_line stat;
	char comm[16], tty[32];
	long pid, tid;

	read_link_number("/proc/self", &pid);
	read_link_number("/proc/thread-self", &tid);
	read_stat(&stat);
	prctl(PR_GET_NAME, comm);
	fprintf(to, "{\"pid\":%ld,\"tid\":%ld,\"ppid\":%ld,\"start_ticks\":%llu", pid, tid,
		stat.ppid, stat.start_ticks);
	add_credentials(to);
	add_audit(to);
	add_member(to, "comm", comm);
	add_member(to, "tty", tty_name(stat.tty, tty));
	add_cgroups(to);
	add_paths(to);
	add_arguments(to);
	putc('}', to);
}

static inline void say_facts(void)
{
	char *line;
	size_t length;
	FILE *to = open_memstream(&line, &length);

	add_facts(to);
	putc('\n', to);
	fclose(to);
	say(line, length);
	free(line);
}

#endif
