#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # variables shared with scripts/vm-test
#
# Gets Debian's kernels for the cloud through an apt state of our own: this machine's packages, lists
# and sources stay as they are. Sourced by scripts/vm-test.

kernels_cache=${VM_CACHE:-$root/build/vm/cache}
kernels_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# A suite that an archive does not have any more is no error: what it had is missing then.
kernels_suites=(bullseye bookworm trixie trixie-backports)
kernels_security_suites=(bullseye-security bookworm-security trixie-security)

# kernels_mirror NAME: where this machine's apt gets Debian's archive NAME from.
kernels_mirror() {
  local mirror
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^ *#' |
    grep -m 1 -oE "https?://[^] ]+/$1/?( |$)")
  mirror=${mirror% }
  echo "${mirror:-http://deb.debian.org/$1}"
}

kernels_sources() {
  local suite
  for suite in "${kernels_suites[@]}"; do
    echo "deb [signed-by=$kernels_keyring] $(kernels_mirror debian) $suite main"
  done
  for suite in "${kernels_security_suites[@]}"; do
    echo "deb [signed-by=$kernels_keyring] $(kernels_mirror debian-security) $suite main"
  done
}

# Without these, apt would take the machine's own; its proxies and its methods stay.
kernels_configure() {
  local state=$kernels_state
  mkdir -p "$state"/lists/partial "$state"/cache/archives/partial || return
  : >"$state/status"
  kernels_sources >"$state/sources.list"
  cat >"$state/apt.conf" <<END
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "$kernels_arch";
APT::Architectures { "$kernels_arch"; };
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
END
}

kernels_apt() {
  APT_CONFIG=$kernels_state/apt.conf timeout 300 "$@" </dev/null
}

# Lists are as good as new for half a day. A suite that is missing is tried again the next time.
kernels_update() {
  local updated=$kernels_state/updated
  [ -z "$(find "$updated" -mmin -720 2>/dev/null)" ] || return 0
  ! kernels_apt apt-get -q -o APT::Update::Error-Mode=any update >"$kernels_state/update.log" 2>&1 ||
    touch "$updated"
}

# kernels_open ARCH: before the others.
kernels_open() {
  kernels_arch=$1
  mkdir -p "$kernels_cache" || return
  kernels_state=$(cd "$kernels_cache" && pwd)/.apt-$1
  kernels_configure && kernels_update
}

# kernels_of SERIES, on stdin releases, oldest first: the newest of the series.
kernels_of() {
  local series=${1//./\\.}
  [ "$1" != newest ] || series='[0-9]+'
  grep -E "^$series\.[0-9].*-cloud-$kernels_arch\$" | sort -V | tail -n 1
}

# Since Linux 6.19 the package linux-image-* is empty, and linux-binary-* has the kernel.
kernels_offered() {
  kernels_apt apt-cache search --names-only '^linux-(image|binary)-[0-9]+\.[0-9]+\.[0-9].*-cloud-' \
    2>/dev/null | sed -E 's/ - .*//; s/^linux-(image|binary)-//' | sort -u
}

kernels_cached() {
  local image
  for image in "$kernels_cache"/*/vmlinuz; do
    [ ! -f "$image" ] || basename "${image%/vmlinuz}"
  done
}

kernels_unpack() {
  local release=$1 at=$2
  (cd "$at" && { kernels_apt apt-get -q download "linux-binary-$release" ||
    kernels_apt apt-get -q download "linux-image-$release"; }) >"$kernels_state/download.log" 2>&1 &&
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

# Why what the archives offer could not be had, or that they offer nothing.
kernels_complaint() {
  local fault
  if [ -n "$1" ]; then
    echo "$1 cannot be fetched: $(tail -n 1 "$kernels_state/download.log")"
  elif fault=$(grep -m 1 '^[WE]:' "$kernels_state/update.log"); then
    echo "no archive offers it, but not all answered: $fault"
  else
    echo "no archive offers it"
  fi
}

# kernels_get SERIES: sets kernels_release; $kernels_cache/RELEASE/vmlinuz is there then. 1: it
# cannot be had. kernels_note tells why, or why an older one of the cache has to do.
kernels_get() {
  local offered
  offered=$(kernels_offered | kernels_of "$1")
  kernels_release=$(kernels_cached | kernels_of "$1")
  kernels_note=
  if [ -n "$offered" ] && { [ "$offered" = "$kernels_release" ] || kernels_download "$offered"; }; then
    kernels_release=$offered
  else
    kernels_note=$(kernels_complaint "$offered")
  fi
  [ -n "$kernels_release" ]
}
