// SPDX-License-Identifier: GPL-2.0-only
#include "users.h"

const char users_source[] = "the name service of the system (nsswitch.conf)";
