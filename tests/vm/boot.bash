#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # variables shared with scripts/vm-test
#
# Boots a kernel in QEMU and takes what the guest hands over. Sourced by scripts/vm-test.

boot_limit=${VM_BOOT_LIMIT:-90} # seconds until the first process must run
boot_disk=256                   # MB, of which only what is written takes space

# boot_machine ARCH DIR: a machine of that architecture, and what its devices are called there: the
# console goes to a file of DIR, the second serial line to stdout. KVM is not asked for: in a virtual
# machine as those of CI it hangs as often as not. Authenticating pointers as the architecture has it
# would take the emulator most of the time.
boot_machine() {
  local console=(-serial "file:$2/console")
  case $1 in
  amd64)
    boot_qemu=(qemu-system-x86_64 -machine q35 -cpu qemu64 "${console[@]}" -serial stdio)
    boot_devices="console=ttyS0 KS_RESULTS=ttyS1"
    ;;
  arm64)
    boot_qemu=(qemu-system-aarch64 -machine virt -cpu "max,pauth-impdef=on" "${console[@]}"
      -chardev "stdio,id=results" -device "pci-serial,chardev=results")
    boot_devices="console=ttyAMA0 KS_RESULTS=ttyS0"
    ;;
  *)
    echo "there is no machine for $1 yet" >&2
    return 1
    ;;
  esac
}

# boot_start KERNEL INITRAMFS DIR SECONDS WORDS...: the results come from the descriptor $boot_from.
boot_start() {
  local kernel=$1 initramfs=$2 dir=$3 seconds=$4
  shift 4
  truncate -s 0 "$dir/console" && rm -f "$dir/disk" && truncate -s "${boot_disk}M" "$dir/disk"
  exec {boot_from}< <(exec timeout --foreground --kill-after=5 "$((seconds + boot_limit))" \
    setpriv --pdeathsig KILL "${boot_qemu[@]}" -accel tcg,thread=multi,tb-size=256 -smp 2 \
    -m "$suite_memory" -nodefaults -no-user-config -display none -no-reboot -nic none \
    -drive "file=$dir/disk,if=none,id=disk,format=raw,cache=unsafe" \
    -device nvme,drive=disk,serial=results -kernel "$kernel" -initrd "$initramfs" \
    -append "$boot_devices KS_DISK=nvme0n1 KS_MARK=$boot_mark panic=-1 quiet loglevel=4 \
mitigations=off nokaslr nowatchdog random.trust_cpu=on init_on_alloc=0 $*" </dev/null 2>"$dir/qemu")
  boot_pid=$!
}

boot_await_init() {
  local line
  while IFS= read -r -t "$boot_limit" line <&"$boot_from"; do
    [ "$line" != "vm-$boot_mark ready" ] || return 0
  done
  return 1
}

# boot_fault DIR: what the emulator did wrong, if the console shows it. QEMU's threads may keep running
# a translation of code that the kernel has just patched, and may miss that a halted processor has been
# woken. No real machine does that.
boot_fault() {
  if grep -aq 'Oops: int3:' "$1/console"; then
    echo "the emulator ran code as it was before it was patched"
  elif grep -aqE 'kthread starved for|blocked for more than [0-9]+ seconds' "$1/console"; then
    echo "a processor of the emulator was not woken"
  else
    return 1
  fi
}

# boot_take LINE DIR: of what the guest says, its marks are for us.
boot_take() {
  case $1 in
  "vm-$boot_mark exit "*) boot_status=${1##* } ;;
  ?*) printf '%s\n' "$1" >>"$2/guest.log" ;;
  esac
}

# boot_follow DIR SECONDS: everything that the guest says goes to DIR/guest.log, its marks apart, until it
# ends, its time is up, or the emulator has failed it.
boot_follow() {
  local dir=$1 end=$((SECONDS + $2)) line part=""
  while [ "$SECONDS" -lt "$end" ]; do
    if IFS= read -r -t 10 line <&"$boot_from"; then
      boot_take "$part$line" "$dir"
      part=""
    elif [ $? -gt 128 ]; then # no whole line in that time
      part+=$line
      ! boot_fault "$dir" >/dev/null || break
    else
      boot_take "$part$line" "$dir"
      break
    fi
  done
  [ "$SECONDS" -lt "$end" ] || echo "it was still running after $2 s"
}

# boot_run KERNEL INITRAMFS DIR SECONDS WORDS...: boots and waits for the end, for SECONDS from the
# start of the first process. 0: the guest reached its end, with $boot_status, and its files are in
# DIR/out; 1: it did not; 2: its first process did not even start.
boot_run() {
  local dir=$3 status=2
  boot_mark=$RANDOM$RANDOM boot_status=
  : >"$dir/guest.log"
  boot_start "$@"
  # shellcheck disable=SC2064 # this process, now
  trap "kill $boot_pid 2>/dev/null" EXIT
  if boot_await_init; then
    boot_ready=$SECONDS
    boot_follow "$dir" "$4"
    status=1
  fi
  kill "$boot_pid" 2>/dev/null
  wait "$boot_pid"
  trap - EXIT
  exec {boot_from}<&-
  [ -z "$boot_status" ] || ! boot_unpack "$dir" || status=0
  return "$status"
}

boot_unpack() {
  rm -rf "$1/out" && mkdir "$1/out" &&
    tar --no-same-owner --no-same-permissions -C "$1/out" -xf "$1/disk" && rm -f "$1/disk"
}

# What is known of a guest that died.
boot_last_words() {
  local part
  for part in qemu console guest.log; do
    [ ! -s "$1/$part" ] || echo "the last lines of $part:"
    tail -n 25 "$1/$part"
  done
}
