/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Part of record.h: the environment variables that are wanted, as they are in a description. An
 * item for each, in the order in which they were asked for, ended by NUL: "NAME=value", or the name
 * and one of these in place of "=". A name alone is not set.
 */
#ifndef KS_ENV_LAYOUT_H
#define KS_ENV_LAYOUT_H

enum {
	KS_ENV_CUT = '~',     /* the end of the value is missing */
	KS_ENV_UNKNOWN = '?', /* it may be set: the environment is longer than was searched */
};

enum {
	KS_ENV_NAMES_MAX = 8,
	KS_ENV_NAME_BYTES = 32,	 /* with what ends it */
	KS_ENV_ITEM_BYTES = 128, /* so that all have room in a struct ks_long_text */
	KS_ENV_BYTES = KS_ENV_NAMES_MAX * KS_ENV_ITEM_BYTES,
};

/* What a string of an environment begins with if it is this variable: the name and "=". */
struct ks_env_name {
	ks_u64 words[KS_ENV_NAME_BYTES / sizeof(ks_u64)];
	ks_u64 masks[KS_ENV_NAME_BYTES / sizeof(ks_u64)]; /* which bytes of it count */
	ks_u32 bytes;					  /* without the "=" */
	ks_u32 padding;
};

#endif
