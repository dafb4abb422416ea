#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # variables shared with scripts/vm-test
#
# What a suite's suite_files calls to bring files into the guest; README.md describes it. Sourced by
# scripts/vm-test. The tree of the guest grows in $guest_root.

# guest_open ARCH: guests of that architecture are meant from now on. What they get of the system is
# this machine's and what setup_guest_programs has unpacked, or Debian's for theirs, which make vm-arm64
# has unpacked.
guest_open() {
  guest_arch=$1
  guest_system="" guest_triple=$(guest_triple_of "$1")
  guest_unpacked=$root/build/guest-programs
  [ "$1" = "$(dpkg --print-architecture)" ] || guest_system=$root/build/$1-guest guest_unpacked=$guest_system
}

# guest_find PLACE: the file that is to be at that place in the guest. In packages as they are unpacked, what
# is in /usr on a system may be in /, or the other way round.
guest_find() {
  local system place
  for system in "$guest_system" "$guest_unpacked"; do
    for place in "$1" "/usr$1" "${1#/usr}"; do
      [ ! -e "$system$place" ] || { echo "$system$place" && return; }
    done
  done
  return 1
}

# guest_triple_of ARCH: what directories of libraries are called.
guest_triple_of() {
  case $1 in
  amd64) echo x86_64-linux-gnu ;;
  arm64) echo aarch64-linux-gnu ;;
  esac
}

# guest_file SOURCE [PLACE]: a file as it is, at the same place or another.
guest_file() {
  local place=$guest_root${2:-$1}
  mkdir -p "${place%/*}" && cp -L "$1" "$place"
}

# guest_tree SOURCE PLACE: all that a directory holds.
guest_tree() {
  mkdir -p "$guest_root$2" && cp -a "$1/." "$guest_root$2"
}

# guest_missing NAME: says so. 1.
guest_missing() {
  echo "there is no $1 for $guest_arch here to be brought along" >&2
  return 1
}

# guest_bring PUT PLACE...: files from where they are found; PUT: guest_file or guest_program.
guest_bring() {
  local put=$1 place source
  shift
  for place in "$@"; do
    source=$(guest_find "$place") || { guest_missing "$place"; return; }
    "$put" "$source" "$place" || return
  done
}

# guest_library NAME: a library, or the loader by its path, with all that it needs itself. systemd has a
# folder of its own for libraries.
guest_library() {
  local source place places=("/usr/lib/$guest_triple/$1" "/lib/$guest_triple/$1" "/usr/lib/$guest_triple/systemd/$1")
  [[ $1 != /* ]] || places=("$1")
  for place in "${places[@]}"; do
    [ ! -e "$guest_root$place" ] || return 0
    ! source=$(guest_find "$place") || { guest_program "$source" "$place"; return; }
  done
  guest_missing "$1"
}

# guest_needs FILE: what a dynamic program or a library needs; nothing for a static one.
guest_needs() {
  LC_ALL=C readelf -ld "$1" 2>/dev/null |
    sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p; s/.*program interpreter: (.*)\]$/\1/p'
}

# guest_which NAME: where a program of the system is, below $guest_system.
guest_which() {
  local dir
  if [ -z "$guest_system" ]; then
    command -v "$1"
    return
  fi
  for dir in /usr/bin /usr/sbin /bin /sbin; do
    [ ! -e "$guest_system$dir/$1" ] || { echo "$dir/$1" && return; }
  done
  return 1
}

# guest_program NAME [PLACE]: a program of the system, or any file by its path, with all its libraries.
guest_program() {
  local source=$1 place=$1 library
  if [[ $1 != */* ]]; then
    place=$(guest_which "$1")
    source=$guest_system$place
  fi
  [ -f "$source" ] || { guest_missing "$1"; return; }
  guest_file "$source" "${2:-$place}" || return
  while read -r library <&3; do
    guest_library "$library" || return
  done 3< <(guest_needs "$source")
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

# guest_perl FILE...: perl, and what it loads to run these: what this machine's perl does, from where
# the guest's has it.
guest_perl() {
  local file triple
  triple=$(guest_triple_of "$(dpkg --print-architecture)")
  guest_program perl /usr/bin/perl || return
  for file in $(guest_perl_needs "$@"); do
    file=${file//"$triple"/"$guest_triple"}
    guest_program "$guest_system$file" "$file" || return
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
