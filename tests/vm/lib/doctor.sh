# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What suites and guests read of `killsnoop doctor --json`: its names stay, its sentences may change.
# Sourced by them.

# abilities_lacking FILE: the names of what is not available.
abilities_lacking() {
  awk -F '"' '$2 == "name" { name = $4 } $2 == "available" && /false/ { print name }' "$1"
}

# abilities_have NAME FILE
abilities_have() {
  ! abilities_lacking "$2" | grep -qxF "$1"
}
