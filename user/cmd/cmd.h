/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands: a file each. They return the program's exit status. */
#ifndef KS_CMD_H
#define KS_CMD_H

enum exit_status {
	STATUS_DONE = 0,
	STATUS_ERROR = 1,
	STATUS_USAGE = 2,
	STATUS_LOST = 3, /* done, but events were lost */
};

/* argv[0] is the command's name. */
int cmd_trace(int argc, char **argv);
int cmd_rule(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_replay(int argc, char **argv);

#endif
