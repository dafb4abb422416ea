/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KS_FORMAT_AUDIT_OPTION_H
#define KS_FORMAT_AUDIT_OPTION_H

#include "format/format.h"

/* A list of words, of which `argument` is cut up; NULL: none. 0, or -EINVAL reported on stderr. */
int format_audit_parse(struct format_config *config, char *argument);

#endif
