#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # variables shared with scripts/vm-test
#
# Gets Debian's kernels for the cloud. Sourced by scripts/vm-test.
#
# A kernel is named SERIES or SERIES/arm64: 6.12, newest/arm64. A release is the full name of one,
# as uname -r prints it: 6.12.57+deb13-cloud-arm64.

kernels_cache=${VM_CACHE:-$root/build/vm/cache}
# A suite that an archive does not have any more is no error: what it had is missing then.
kernels_suites=(bullseye bookworm trixie trixie-backports
  bullseye-security bookworm-security trixie-security)

# kernels_arch_of KERNEL|RELEASE
kernels_arch_of() {
  case $1 in
  */arm64 | *-arm64) echo arm64 ;;
  *) echo amd64 ;;
  esac
}

# Lists are as good as new for half a day. A suite that is missing is tried again the next time.
kernels_update() {
  local updated=$archive_state/updated
  [ -z "$(find "$updated" -mmin -720 2>/dev/null)" ] || return 0
  ! archive_apt apt-get -q -o APT::Update::Error-Mode=any update >"$archive_state/update.log" 2>&1 ||
    touch "$updated"
}

# kernels_of SERIES, on stdin releases: those of the series, the newest first.
kernels_of() {
  local series=${1//./\\.}
  [ "$1" != newest ] || series='[0-9]+'
  grep -E "^$series\.[0-9].*-cloud-$kernels_arch\$" | sort -rV
}

# Since Linux 6.19 the package linux-image-* is empty, and linux-binary-* has the kernel.
kernels_search() {
  archive_apt apt-cache search --names-only '^linux-(image|binary)-[0-9]+\.[0-9]+\.[0-9].*-cloud-' \
    2>/dev/null | sed -E 's/ - .*//; s/^linux-(image|binary)-//' | sort -u
}

# kernels_open ARCH: kernels of that architecture are meant from now on.
kernels_open() {
  [ "${kernels_arch-}" != "$1" ] || return 0
  mkdir -p "$kernels_cache" &&
    archive_open "$kernels_cache/.apt-$1" "$1" "${kernels_suites[@]}" && kernels_update || return
  kernels_arch=$1
  mapfile -t kernels_offered < <(kernels_search)
}

kernels_cached() {
  local image
  for image in "$kernels_cache"/*/vmlinuz; do
    [ ! -f "$image" ] || basename "${image%/vmlinuz}"
  done
}

kernels_unpack() {
  local release=$1 at=$2
  (cd "$at" && { archive_apt apt-get -q download "linux-binary-$release" ||
    archive_apt apt-get -q download "linux-image-$release"; }) >"$archive_state/download.log" 2>&1 &&
    dpkg-deb -x "$at"/*.deb "$at" &&
    find "$at" -name 'vmlinuz*' -type f -exec mv '{}' "$at/vmlinuz" ';' && [ -s "$at/vmlinuz" ]
}

# Whole or not at all.
kernels_download() {
  local release=$1 at
  at=$(mktemp -d -p "$kernels_cache") || return
  if kernels_unpack "$release" "$at"; then
    mkdir -p "$kernels_cache/$release" && mv "$at/vmlinuz" "$kernels_cache/$release/vmlinuz"
  fi
  rm -rf "$at"
  [ -s "$kernels_cache/$release/vmlinuz" ]
}

# kernels_fetch RELEASE...: the first of them that is had. Archives list what they have no more.
kernels_fetch() {
  for kernels_release in "$@"; do
    [ ! -s "$kernels_cache/$kernels_release/vmlinuz" ] || return 0
    ! kernels_download "$kernels_release" || return 0
    : "${kernels_note:=$kernels_release cannot be fetched: $(tail -n 1 "$archive_state/download.log")}"
    grep -q ' 404 ' "$archive_state/download.log" || return
  done
  return 1
}

kernels_no_offer() {
  local fault
  if fault=$(grep -m 1 '^[WE]:' "$archive_state/update.log"); then
    echo "no archive offers it, but not all answered: $fault"
  else
    echo "no archive offers it"
  fi
}

# kernels_get KERNEL: sets kernels_release; $kernels_cache/RELEASE/vmlinuz is there then. 1: it
# cannot be had. kernels_note tells why, or why an older one has to do.
kernels_get() {
  local series=${1%/*} offered
  kernels_note="$kernels_cache cannot be written, or apt has no mirror for it"
  kernels_open "$(kernels_arch_of "$1")" || return
  kernels_note=
  mapfile -t offered < <(printf '%s\n' "${kernels_offered[@]}" | kernels_of "$series")
  ! kernels_fetch "${offered[@]}" || return 0
  : "${kernels_note:=$(kernels_no_offer)}"
  kernels_release=$(kernels_cached | kernels_of "$series" | head -n 1)
  [ -n "$kernels_release" ]
}
