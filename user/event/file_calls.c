// SPDX-License-Identifier: GPL-2.0-only
#include "event/file_calls.h"

#include <stddef.h>
#include <string.h>

#include "lib/array.h"

/* Those in which the kernel may send a signal for a file, beside errors. */
static const struct {
	const char *name;
	unsigned int argument;
	bool writes;
} calls[] = {
	{ "write", 0, true },	   { "writev", 0, true },	    { "pwrite64", 0, true },
	{ "pwritev", 0, true },	   { "pwritev2", 0, true },	    { "sendfile", 0, true },
	{ "sendfile64", 0, true }, { "splice", 2, true },	    { "copy_file_range", 2, true },
	{ "read", 0, false },	   { "readv", 0, false },	    { "pread64", 0, false },
	{ "preadv", 0, false },	   { "preadv2", 0, false },	    { "splice", 0, false },
	{ "vmsplice", 0, false },  { "copy_file_range", 0, false }, { "ioctl", 0, false },
	{ "close", 0, false },	   { "fcntl", 0, false },	    { "fcntl64", 0, false },
};

static bool file_calls_has(const char *syscall, unsigned int argument, bool writes)
{
	for (size_t i = 0; syscall && i < ARRAY_SIZE(calls); i++)
		if (calls[i].argument == argument && (calls[i].writes || !writes) &&
		    !strcmp(calls[i].name, syscall))
			return true;
	return false;
}

bool is_call_on_file(const char *syscall, unsigned int argument)
{
	return file_calls_has(syscall, argument, false);
}

bool is_call_writing_to(const char *syscall, unsigned int argument)
{
	return file_calls_has(syscall, argument, true);
}
