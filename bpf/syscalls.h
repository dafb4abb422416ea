/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls of the kill family, for both sides: numbers, names, arguments. */
#ifndef KS_SYSCALLS_H
#define KS_SYSCALLS_H

/*
 * X(VIA, name, types, x86_64, x32, i386, arm64, arm). `types` are those of the arguments, int ('i')
 * or not ('p'). Numbers by asm/unistd_{64,x32,32}.h of x86, asm-generic/unistd.h for arm64,
 * arch/arm/tools/syscall.tbl for its 32-bit callers; x32's without their bit.
 */
#define KS_SYSCALLS(X)                                                                             \
	X(KILL, kill, "ii", 62, 62, 37, 129, 37)                                                   \
	X(TKILL, tkill, "ii", 200, 200, 238, 130, 238)                                             \
	X(TGKILL, tgkill, "iii", 234, 234, 270, 131, 268)                                          \
	X(RT_SIGQUEUEINFO, rt_sigqueueinfo, "iip", 129, 524, 178, 138, 178)                        \
	X(RT_TGSIGQUEUEINFO, rt_tgsigqueueinfo, "iiip", 297, 536, 335, 240, 363)                   \
	X(PIDFD_SEND_SIGNAL, pidfd_send_signal, "iipi", 424, 424, 424, 424, 424)

/* Which of them: the JSON field `via`. */
#define KS_VIA_OF(VIA, ...) KS_VIA_##VIA,
enum ks_via { KS_VIA_NONE, KS_SYSCALLS(KS_VIA_OF) KS_VIA_MAX };
#undef KS_VIA_OF

/* AUDIT_ARCH_* of include/uapi/linux/audit.h; x32 is x86-64 with a bit in the number. */
enum {
	KS_ARCH_X86_64 = 0xc000003e,
	KS_ARCH_I386 = 0x40000003,
	KS_ARCH_AARCH64 = 0xc00000b7,
	KS_ARCH_ARM = 0x40000028,
	KS_X32_BIT = 0x40000000, /* __X32_SYSCALL_BIT */
};

#define KS_INLINE static inline __attribute__((always_inline, unused))

// clang-format off
#define KS_IS_X86_64(VIA, name, types, x86_64, ...) case x86_64: return KS_VIA_##VIA;
#define KS_IS_X32(VIA, name, types, x86_64, x32, ...) case x32: return KS_VIA_##VIA;
#define KS_IS_I386(VIA, name, types, x86_64, x32, i386, ...) case i386: return KS_VIA_##VIA;
#define KS_IS_AARCH64(VIA, name, types, x86_64, x32, i386, arm64, arm) case arm64: return KS_VIA_##VIA;
#define KS_IS_ARM(VIA, name, types, x86_64, x32, i386, arm64, arm) case arm: return KS_VIA_##VIA;
// clang-format on
#define KS_SWITCH(number, IS)                                                                      \
	switch (number) {                                                                          \
		KS_SYSCALLS(IS)                                                                    \
	default: return KS_VIA_NONE;                                                               \
	}

/* An enum ks_via: which of them the call is; KS_VIA_NONE: none. */
KS_INLINE unsigned char ks_via_of(unsigned int arch, unsigned int nr)
{
	switch (arch) {
	case KS_ARCH_X86_64:
		if (nr & KS_X32_BIT) {
			KS_SWITCH(nr & ~KS_X32_BIT, KS_IS_X32)
		}
		KS_SWITCH(nr, KS_IS_X86_64)
	case KS_ARCH_I386: KS_SWITCH(nr, KS_IS_I386)
	case KS_ARCH_ARM: KS_SWITCH(nr, KS_IS_ARM)
	case KS_ARCH_AARCH64: KS_SWITCH(nr, KS_IS_AARCH64)
	}
	return KS_VIA_NONE;
}

#undef KS_SWITCH
#undef KS_IS_X86_64
#undef KS_IS_X32
#undef KS_IS_I386
#undef KS_IS_AARCH64
#undef KS_IS_ARM

/* Which argument of a call is the signal, from 0. */
KS_INLINE unsigned int ks_signal_argument(unsigned char via)
{
	return via == KS_VIA_TGKILL || via == KS_VIA_RT_TGSIGQUEUEINFO ? 2 : 1;
}

#endif
