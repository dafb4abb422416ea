/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment variables that are wanted, of what a process executes. Where none are, the
 * verifier prunes all of this: each global function begins with that test.
 */
#ifndef KS_ENV_BPF_H
#define KS_ENV_BPF_H

enum {
	ENV_STRINGS_MAX = 512, /* that are searched, of an environment */
	ENV_READ_BYTES = 1024, /* of a string, at once: a longer one counts as several */
	ENV_WORDS = KS_ENV_BYTES / sizeof(u64),
	ENV_SCRATCH = 4096, /* where the string is in scratch memory, behind what is gathered */
};

/* ---- what exec passed ---- */

static __always_inline bool is_variable(const u64 *string, int n)
{
	const volatile struct ks_env_name *name = &cfg_env[n];

	return !(((string[0] ^ name->words[0]) & name->masks[0]) |
		 ((string[1] ^ name->words[1]) & name->masks[1]) |
		 ((string[2] ^ name->words[2]) & name->masks[2]) |
		 ((string[3] ^ name->words[3]) & name->masks[3]));
}

/* The number of the wanted variable that a string is, or -1. */
static __always_inline int find_name(const u64 *string)
{
	int n;

#pragma unroll
	for (n = 0; n < KS_ENV_NAMES_MAX; n++)
		if (n < (int)cfg_env_names && is_variable(string, n))
			return n;
	return -1;
}

static __always_inline char *item_of(struct ks_long_text *text, u32 n)
{
	return text->text + (n & (KS_ENV_NAMES_MAX - 1)) * KS_ENV_ITEM_BYTES;
}

static __always_inline void mark(struct ks_long_text *text, u32 n, char mark)
{
	item_of(text, n)[cfg_env[n & (KS_ENV_NAMES_MAX - 1)].bytes & (KS_ENV_NAME_BYTES - 1)] =
	    mark;
}

/* Of variables that are there twice, the first counts, as for getenv(3). */
static __always_inline void take_if_wanted(struct scratch *to, const char *string, long bytes)
{
	struct ks_long_text *text = (void *)to->bytes;
	int n = find_name((const u64 *)string);

	if (n < 0 || !(to->env_search.missing & (1 << n)))
		return;
	to->env_search.missing &= ~(1 << n);
	bpf_probe_read_kernel_str(item_of(text, n), KS_ENV_ITEM_BYTES, string);
	if (bytes > KS_ENV_ITEM_BYTES)
		mark(text, n, KS_ENV_CUT);
}

/* Returns whether there is more to search. */
__noinline int search_env_string(u32 slot)
{
	struct scratch *to = cfg_env_names ? slot_bytes(slot) : NULL;
	char *string;
	long bytes;

	if (!to || !to->env_search.missing || to->env_search.at >= to->env_search.end)
		return 0;
	string = to->bytes + ENV_SCRATCH;
	bytes = bpf_probe_read_user_str(string, ENV_READ_BYTES, (void *)to->env_search.at);
	if (bytes <= 0) {
		to->env_search.is_unreadable = 1;
		return 0;
	}
	if (!to->env_search.is_inside)
		take_if_wanted(to, string, bytes);
	to->env_search.is_inside = bytes == ENV_READ_BYTES;
	to->env_search.at += bytes - to->env_search.is_inside;
	return 1;
}

static __always_inline void mark_unknown(struct scratch *to)
{
	int n;

	for (n = 0; n < KS_ENV_NAMES_MAX; n++)
		if (to->env_search.missing & (1 << n))
			mark((void *)to->bytes, n, KS_ENV_UNKNOWN);
}

/* Returns whether it could be read. */
static __always_inline bool search_env(struct scratch *to, u32 slot, struct mm_struct *mm)
{
	int i;

	to->env_search.at = BPF_CORE_READ(mm, env_start);
	to->env_search.end = BPF_CORE_READ(mm, env_end);
	to->env_search.missing = (1 << cfg_env_names) - 1;
	to->env_search.is_inside = to->env_search.is_unreadable = 0;
	for (i = 0; i < ENV_STRINGS_MAX; i++)
		if (!search_env_string(slot))
			break;
	if (to->env_search.at < to->env_search.end)
		mark_unknown(to);
	return !to->env_search.is_unreadable;
}

static __always_inline bool is_same_text(const struct ks_long_text *a, const struct ks_long_text *b)
{
	const u64 *left = (const void *)a->text, *right = (const void *)b->text;
	u64 difference = 0;
	int i;

	for (i = 0; i < ENV_WORDS; i++)
		difference |= left[i] ^ right[i];
	return !difference;
}

/*
 * The id of the text with the environment that current has just got, in the memory `mm`; 0: it is
 * unknown. Mostly that is `before`, the one of the process that forked it: then the same text
 * serves.
 */
__noinline u64 gather_env(u32 slot, u64 mm, u64 before)
{
	struct scratch *to = cfg_env_names ? slot_bytes(slot) : NULL;
	struct ks_long_text *text, *old;
	u64 id;

	if (!to)
		return 0;
	text = (void *)to->bytes;
	text->users = 1;
	text->padding = 0;
	bpf_probe_read_kernel(text->text, sizeof(text->text), (const void *)cfg_env_unset);
	if (!search_env(to, slot, STRUCT_AT(mm_struct, mm)))
		return 0;
	old = bpf_map_lookup_elem(&long_texts, &before);
	if (old && is_same_text(old, text))
		return before;
	id = add_text(to, text);
	if (!id)
		count_loss(KS_LOST_PROCESS);
	return id;
}

/* ---- descriptions ---- */

/* Appends the text `id` to what is in `slot`, an item after the other. Returns its bytes. */
__noinline int append_env(u32 slot, u64 id)
{
	struct scratch *to = cfg_env_names ? slot_bytes(slot) : NULL;
	struct ks_long_text *text;
	u32 start, n;

	if (!to)
		return 0;
	text = bpf_map_lookup_elem(&long_texts, &id);
	if (!text)
		return 0;
	start = to->walk.end;
	for (n = 0; n < KS_ENV_NAMES_MAX && n < cfg_env_names; n++) {
		long bytes =
		    bpf_probe_read_kernel_str(tail(to), KS_ENV_ITEM_BYTES, item_of(text, n));

		if (bytes > 0)
			to->walk.end += bytes;
	}
	return to->walk.end - start;
}

#endif
