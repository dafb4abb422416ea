// SPDX-License-Identifier: GPL-2.0-only
/* Empty programs: what any tracer of signals pays before it does anything. */
#define SEC(name) __attribute__((section(name), used))

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/signal_generate")
int on_signal_generate(void *ctx)
{
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_kill")
int on_sys_exit_kill(void *ctx)
{
	return 0;
}
