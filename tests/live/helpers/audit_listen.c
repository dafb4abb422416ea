// SPDX-License-Identifier: GPL-2.0-only
/*
 * audit_listen END: prints the kernel's audit records, as auditd writes them, from the multicast
 * group that needs no daemon; until one of them holds the text END, which is not printed. The
 * first line of output says that it listens. Exits with 1 if records were lost on the way.
 */
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "helper.h"

enum { BUFFER_BYTES = 512 << 20, RECORD_BYTES = 1 << 16 };

static const struct {
	int type;
	const char *name;
} types[] = {
	{ AUDIT_SYSCALL, "SYSCALL" },	    { AUDIT_OBJ_PID, "OBJ_PID" },
	{ AUDIT_PROCTITLE, "PROCTITLE" },   { AUDIT_EOE, "EOE" },
	{ AUDIT_SECCOMP, "SECCOMP" },	    { AUDIT_CONFIG_CHANGE, "CONFIG_CHANGE" },
	{ AUDIT_ANOM_ABEND, "ANOM_ABEND" }, { AUDIT_LOGIN, "LOGIN" },
};

static int open_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT), bytes = BUFFER_BYTES;

	address.nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("audit socket");
	return fd;
}

static void print_type(int type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type) {
			printf("type=%s msg=", types[i].name);
			return;
		}
	}
	printf("type=UNKNOWN[%d] msg=", type);
}

int main(int argc, char **argv)
{
	static char buffer[RECORD_BYTES + 1];
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	int fd = open_socket();
	ssize_t bytes;

	if (argc != 2)
		return EXIT_BROKEN;
	puts("listening");
	fflush(stdout);
	/* nlmsg_len is not always that of the message: kernel/audit.c, kauditd_send_multicast_skb()
	 */
	while ((bytes = recv(fd, buffer, RECORD_BYTES, 0)) > NLMSG_HDRLEN) {
		const char *text = buffer + NLMSG_HDRLEN;

		buffer[bytes] = '\0';
		if (strstr(text, argv[1]))
			return fflush(stdout) ? EXIT_BROKEN : 0;
		print_type(header->nlmsg_type);
		puts(text);
	}
	perror("audit_listen");
	fflush(stdout);
	return errno == ENOBUFS ? 1 : EXIT_BROKEN;
}
