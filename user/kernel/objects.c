// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/objects.h"

#include "lib/gunzip.h"

static const unsigned char cast[] = {
#include "cast.gz.h"
};
static const unsigned char typed[] = {
#include "killsnoop.gz.h"
};
static const unsigned char untyped[] = {
#include "untyped.gz.h"
};

static const struct {
	const unsigned char *deflated;
	size_t bytes;
} objects[] = {
	[OBJECT_CAST] = { cast, sizeof(cast) },
	[OBJECT_TYPED] = { typed, sizeof(typed) },
	[OBJECT_UNTYPED] = { untyped, sizeof(untyped) },
};

int objects_inflate(enum object object, void **ret, size_t *ret_bytes)
{
	return gunzip(objects[object].deflated, objects[object].bytes, ret, ret_bytes);
}
