// SPDX-License-Identifier: GPL-2.0-only
#include "lib/gunzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

enum {
	MEMBER_BYTES_MIN = 18, /* its header of 10, its trailer of 8 */
	RATIO_MAX = 1032,      /* no deflated data are shorter: zlib's technical details */
	GZIP_FORMAT = 16,      /* added to the size of the window: inflateInit2(), zlib.h */
};

/* ISIZE of RFC 1952: how many bytes there are, inflated. */
static size_t gunzip_size(const unsigned char *member, size_t bytes)
{
	const unsigned char *last = member + bytes - 4;

	return last[0] | last[1] << 8 | last[2] << 16 | (uint32_t)last[3] << 24;
}

/* Checks the sum, too. */
static int gunzip_into(z_stream *stream)
{
	bool is_whole;
	int err = inflateInit2(stream, MAX_WBITS + GZIP_FORMAT);

	if (err)
		return err == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
	err = inflate(stream, Z_FINISH);
	is_whole = err == Z_STREAM_END && !stream->avail_in && !stream->avail_out;
	inflateEnd(stream);
	return is_whole ? 0 : err == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

int gunzip(const unsigned char *member, size_t bytes, void **ret, size_t *ret_bytes)
{
	size_t size = bytes < MEMBER_BYTES_MIN ? 0 : gunzip_size(member, bytes);
	z_stream stream = { .next_in = (unsigned char *)member, .avail_in = bytes };
	void *inflated;
	int err;

	if (!size || size / RATIO_MAX > bytes)
		return -EBADMSG;
	inflated = malloc(size);
	if (!inflated)
		return -ENOMEM;
	stream.next_out = inflated;
	stream.avail_out = size;
	err = gunzip_into(&stream);
	if (err) {
		free(inflated);
		return err;
	}
	*ret = inflated;
	*ret_bytes = size;
	return 0;
}
