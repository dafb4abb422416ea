// SPDX-License-Identifier: GPL-2.0-only
#include "lib/privileges.h"

#include <sys/prctl.h>
#include <cap-ng.h>

bool privileges_have(int capability)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

void privileges_drop(int keep)
{
	bool has = keep != PRIVILEGES_KEEP_NOTHING && privileges_have(keep);

	capng_clear(CAPNG_SELECT_BOTH);
	if (has)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, keep);
	capng_apply(CAPNG_SELECT_BOTH);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
