/* SPDX-License-Identifier: GPL-2.0-only */
/* Inflates what gzip has deflated. */
#ifndef KS_GUNZIP_H
#define KS_GUNZIP_H

#include <stddef.h>

/*
 * Inflates a single gzip member of `bytes`. 0, and memory to be freed; -EBADMSG if the member is
 * not whole, or -ENOMEM.
 */
int gunzip(const unsigned char *member, size_t bytes, void **ret, size_t *ret_bytes);

#endif
