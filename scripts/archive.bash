#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Packages of other architectures and other releases of Debian, by a state of apt that is ours alone:
# this machine's packages, lists, sources and architectures stay as they are, and no root is needed.
# Sourced.

archive_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# archive_codename: this machine's release of Debian.
archive_codename() {
  # shellcheck disable=SC1091 # a file of the system
  (. /etc/os-release && echo "${VERSION_CODENAME-none}")
}

# archive_mirror [-security]: where this machine gets its release from, or its updates of security;
# nothing if its sources name no such place.
archive_mirror() {
  # shellcheck disable=SC2016 # apt replaces these
  apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(RELEASE) $(CODENAME) $(COMPONENT)' |
    awk -v release="$(archive_codename)${1-}" \
      '($2 == release || $3 == release) && $NF == "main" && !n++ { print $1 }'
}

# archive_source RELEASE...: the lines of sources.list; the mirror follows from the release's name.
archive_source() {
  local release mirror
  for release in "$@"; do
    mirror=$archive_main
    [ "$release" = "${release%-security}" ] || mirror=$archive_security
    [ -z "$mirror" ] || echo "deb [signed-by=$archive_keyring] $mirror $release main"
  done
}

# The system's own settings could name hooks; only what is needed to reach the mirror is taken over.
archive_settings() {
  cat <<END
Dir::Etc::main "/dev/null"; Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$archive_state/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::State "$archive_state"; Dir::State::status "$archive_state/status"; Dir::Cache "$archive_state";
APT::Architecture "$1"; APT::Architectures { "$1"; }; APT::Install-Recommends "false";
APT::Sandbox::User ""; Acquire::Languages "none";
END
  apt-config dump Acquire::http
  apt-config dump Acquire::https
  echo 'Acquire::Retries "2"; Acquire::http::Timeout "20";'
}

# archive_open STATE ARCH RELEASE...: makes the state in the directory STATE the one that archive_apt
# uses from now on. It may be kept for the next time.
archive_open() {
  local arch=$2
  mkdir -p "$1"/{lists,archives}/partial && archive_state=$(cd "$1" && pwd) || return
  archive_main=$(archive_mirror) archive_security=$(archive_mirror -security)
  if [ -z "$archive_main" ]; then
    setup_say "apt's sources name no mirror of Debian's $(archive_codename)"
    return 1
  fi
  : >"$archive_state/status"
  shift 2
  archive_source "$@" >"$archive_state/sources.list" &&
    archive_settings "$arch" >"$archive_state/apt.conf"
}

# archive_apt COMMAND...: apt's commands on that state.
archive_apt() {
  APT_CONFIG=$archive_state/apt.conf timeout 300 "$@" </dev/null
}
