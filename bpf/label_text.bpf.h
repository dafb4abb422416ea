/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The labels that a security module gave tasks, as audit prints them.
 *
 * Where no module has labels, user space sets nothing, and the verifier prunes all of this: global
 * functions are checked even if they are not called, so each begins with that test.
 */
#ifndef KS_LABEL_TEXT_BPF_H
#define KS_LABEL_TEXT_BPF_H

enum {
	LABEL_PARTS_MAX = 16, /* profiles of a stack */
};

static __always_inline u64 read_pointer(u64 at)
{
	u64 pointer = 0;

	bpf_probe_read_kernel(&pointer, sizeof(pointer), (void *)at);
	return pointer;
}

static __always_inline u32 read_number(u64 at)
{
	u32 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (void *)at);
	return number;
}

/* Where this module's part of a cred's blob begins, and 1; 0: not looked up yet. */
ks_u32 blob_offset;

/* The address of this module's part of what security modules keep for `cred`. */
static __always_inline u64 blob_of(const struct cred *cred)
{
	u64 security = ADDRESS_OF(BPF_CORE_READ(cred, security));

	if (!blob_offset)
		blob_offset = read_number(cfg_lsm_blobs + cfg_layout.blobs_cred) + 1;
	return security ? security + blob_offset - 1 : 0;
}

/* ---- text ---- */

static __always_inline bool has_room(const struct scratch *to)
{
	return to->walk.end - TEXT_START < KS_TEXT_BYTES;
}

static __always_inline void append_char(struct scratch *to, char c)
{
	*tail(to) = c;
	to->walk.end++;
}

/* Without its NUL; nothing if it cannot be read. */
static __always_inline void append_string(struct scratch *to, u64 text)
{
	long bytes = bpf_probe_read_kernel_str(tail(to), KS_TEXT_BYTES, (void *)text);

	if (bytes > 0)
		to->walk.end += bytes - 1;
}

#endif
