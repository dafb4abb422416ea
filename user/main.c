// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/array.h"

/* Without one of these names, it is a live trace. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "trace", cmd_trace },	  { "rule", cmd_rule },	    { "compare", cmd_compare },
	{ "doctor", cmd_doctor }, { "replay", cmd_replay },
};

/* Another way to say "compare": an option like any other, but not one of a traced command. */
static bool has_compare_option(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--compare-audit"))
			return true;
	return false;
}

/* If descriptors 0 to 2 are closed, our files would get their numbers. A read-only /dev/null takes
 * them, so that writing still fails. */
static void reserve_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return;
}

int main(int argc, char **argv)
{
	reserve_stdio();
	log_libbpf(false);
	if (has_compare_option(argc, argv))
		return cmd_compare(argc, argv);
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return cmd_trace(argc, argv);
}
