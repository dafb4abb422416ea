#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # variables shared with scripts/vm-test
#
# What a suite's suite_files calls to bring files into the guest; README.md describes it. Sourced by
# scripts/vm-test. The tree of the guest grows in $guest_root.

# guest_file SOURCE [PLACE]: a file as it is, at the same place or another.
guest_file() {
  local place=$guest_root${2:-$1}
  mkdir -p "${place%/*}" && cp -L "$1" "$place"
}

# guest_tree SOURCE PLACE: all that a directory holds.
guest_tree() {
  mkdir -p "$guest_root$2" && cp -a "$1/." "$guest_root$2"
}

# The libraries of a dynamic program, and its loader; none for a static one.
guest_libraries() {
  local libraries
  libraries=$(ldd "$1" 2>/dev/null) || return 0
  if [[ $libraries == *'not found'* ]]; then
    echo "libraries that $1 needs are missing here: ${libraries//$'\n'/ }" >&2
    return 1
  fi
  grep -oE '/[^ ]+' <<<"$libraries" || true
}

# guest_program NAME [PLACE]: a program of this machine, or any file, with all its libraries.
guest_program() {
  local source library libraries
  source=$(command -v "$1" || readlink -e "$1")
  if [ -z "$source" ]; then
    echo "there is no $1 here to be brought along" >&2
    return 1
  fi
  guest_file "$source" "${2:-}" && libraries=$(guest_libraries "$source") || return
  for library in $libraries; do
    [ -e "$guest_root$library" ] || guest_file "$library" || return
  done
}

# auditd and what belongs to it, but no configuration and no rules.
guest_audit() {
  local program
  for program in auditd auditctl ausearch aureport; do
    guest_program "$program" "/usr/sbin/$program" || return
  done
}

# The files outside of our tree that perl loads to run these.
guest_perl_needs() {
  local file
  for file in "$@"; do
    perl -I"$vm/lib" -MLoaded -c "$file" 2>/dev/null
  done | sort -u | grep -vF "$root/"
}

# guest_perl FILE...: perl, and what it loads to run these.
guest_perl() {
  local file
  guest_program perl /usr/bin/perl || return
  for file in $(guest_perl_needs "$@"); do
    guest_program "$file" "$file" || return
  done
}

# The places that every Linux has.
guest_skeleton() {
  local dir
  mkdir -p "$guest_root"/{usr/{bin,sbin,lib,lib64},proc,sys,dev,tmp,run,out,root,etc,var/log,suite}
  for dir in bin sbin lib lib64; do
    ln -s "usr/$dir" "$guest_root/$dir"
  done
  ln -s ../run "$guest_root/var/run"
}

# Debian's own, as far as tests use them.
guest_users() {
  cat >"$guest_root/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
games:x:5:60:games:/usr/games:/bin/false
nobody:x:65534:65534:nobody:/:/bin/false
END
  printf '%s\n' root:x:0: daemon:x:1: bin:x:2: sys:x:3: adm:x:4: tty:x:5: nogroup:x:65534: \
    >"$guest_root/etc/group"
}

# guest_pack SUITE_DIR INITRAMFS: the suite's files as an initramfs.
guest_pack() {
  local guest_root=$2.d
  rm -rf "$guest_root" && mkdir -p "$guest_root" && guest_skeleton && guest_users &&
    guest_file "$vm/init" /init && guest_file "$1/guest" /suite/guest &&
    guest_program busybox /bin/busybox && suite_files &&
    (cd "$guest_root" && find . | cpio --quiet -o -H newc -R 0:0) >"$2" && rm -rf "$guest_root"
}
