// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood MODE: prints "ready", waits for a line, then signals as fast as it can until its standard
 * input ends, and prints how many calls that were. MODE:
 *   continue   SIGCONT to itself
 *   handled    SIGTERM, which it handles, to itself
 *   denied     SIGKILL to process 1, which it may not
 *   move       SIGCONT to itself, from another directory each time
 *   bomb       SIGKILL to a new child each time
 */
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "helper.h"

static void send_continue(void)
{
	kill(getpid(), SIGCONT);
}

static void send_handled(void)
{
	kill(getpid(), SIGTERM);
}

static void send_denied(void)
{
	kill(1, SIGKILL);
}

static void move_and_send(void)
{
	static int is_inside;

	is_inside = !is_inside;
	if (chdir(is_inside ? "inside" : ".."))
		die("chdir");
	kill(getpid(), SIGCONT);
}

static void kill_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		for (;;)
			pause();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void ignore(int signal)
{
	(void)signal;
}

static const struct {
	const char *name;
	void (*send)(void);
} modes[] = {
	{ "continue", send_continue }, { "handled", send_handled }, { "denied", send_denied },
	{ "move", move_and_send },     { "bomb", kill_child },
};

static int has_ended(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) != 0;
}

static long flood(void (*send)(void))
{
	long calls = 0;

	do {
		send();
		calls++;
	} while (calls % 64 || !has_ended());
	return calls;
}

int main(int argc, char **argv)
{
	char line[16];

	mkdir("inside", 0777);
	signal(SIGTERM, ignore);
	for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		printf("ready\n");
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			return EXIT_BROKEN;
		printf("%ld\n", flood(modes[i].send));
		return 0;
	}
	return EXIT_BROKEN;
}
