# SPDX-License-Identifier: GPL-2.0-only
# bash completion for killsnoop

_killsnoop_commands="compare rule doctor replay"

# _killsnoop_options COMMAND [SUBCOMMAND]: as its --help has them.
_killsnoop_options() {
  "$@" --help 2>/dev/null | grep -oE '^ +(-[a-zA-Z], +)?--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

_killsnoop_pids() {
  local dir
  for dir in /proc/[0-9]*; do
    echo "${dir#/proc/}"
  done
}

_killsnoop_comms() {
  cat /proc/[0-9]*/comm 2>/dev/null | grep -v '[^[:graph:]]' | sort -u
}

_killsnoop_exes() {
  readlink /proc/[0-9]*/exe 2>/dev/null | grep -v '[^[:graph:]]' | sort -u
}

_killsnoop_units() {
  systemctl list-units --all --plain --no-legend --type=service,scope,socket 2>/dev/null |
    awk '{ print $1 }'
}

# kill -l of bash numbers the real-time signals as everybody does.
_killsnoop_signals() {
  printf '%s\n' all fatal
  kill -l | grep -oE 'SIG[A-Z0-9+-]+' | sed 's/^SIG//'
}

_killsnoop_fields() {
  "$1" -o help 2>/dev/null | awk '{ print $1 }'
}

_killsnoop_abilities() {
  "$1" doctor --json 2>/dev/null | awk -F '"' '
    $2 == "name" { name = $4 }
    $2 == "needed" && /false/ { print name }'
}

# _killsnoop_values COMMAND OPTION: the values that the option can have; false: it has none.
_killsnoop_values() {
  case $2 in
  -p | --pid | -T | --tpid | --from-pid) _killsnoop_pids ;;
  -c | --comm | --from-comm) _killsnoop_comms ;;
  --exe | --from-exe) _killsnoop_exes ;;
  -u | --unit | --from-unit) _killsnoop_units ;;
  --uid | --from-uid) compgen -u ;;
  -s | --sig) _killsnoop_signals ;;
  --origin)
    printf '%s\n' user kernel oom cgroup.kill pidns_exit parent_death orphaned_pgrp tty hangup itimer posix_timer cpu_limit seccomp \
      fault pipe file_size memory_failure ptrace autokill bpf io mqueue child sysrq reboot
    ;;
  -o | --output) _killsnoop_fields "$1" && echo help ;;
  --audit-format) printf '%s\n' raw enriched user kernel ;;
  --color | --redact) printf '%s\n' auto always never ;;
  --env) compgen -e ;;
  --follow) printf '%s\n' all none ;;
  --hook) printf '%s\n' auto fexit tracepoint raw ;;
  --without) _killsnoop_abilities "$1" ;;
  --buffer-size) printf '%s\n' 8M 32M 64M 128M ;;
  --count | --duration | --ready-fd | --secrets) ;;
  *) return 1 ;;
  esac
}

# Completes the last item of a list such as KILL,TE. Not by compgen -W: it would execute what the
# name of a process or a unit says.
_killsnoop_complete_list() {
  local done="" last=${1##*,} value
  [[ $1 != *,* ]] || done=${1%,*},
  while read -r value; do
    [[ -n $value && $value == "$last"* ]] || continue
    printf -v value %q "$value"
    COMPREPLY+=("$done$value")
  done <<<"$2"
}

# The command after "--" completes as it would without killsnoop before it.
_killsnoop_complete_command() {
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [ "${COMP_WORDS[i]}" = -- ] || continue
    if declare -F _command_offset >/dev/null; then
      _command_offset $((i + 1))
    else
      compopt -o default
    fi
    return
  done
  return 1
}

_killsnoop() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} values
  local command=("${COMP_WORDS[0]}")
  COMPREPLY=()
  [[ " $_killsnoop_commands " != *" ${COMP_WORDS[1]} "* ]] || command+=("${COMP_WORDS[1]}")
  _killsnoop_complete_command && return
  # "--color=al" comes as three words
  if [ "$word" = "=" ]; then
    word=""
  elif [ "$before" = "=" ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $before == --color || $before == --redact || $before == --audit-format ]]; then
    before="" # their values are optional and so come after "="
  fi
  if [[ $before == -w || $before == --write || $before == --btf || $before == --save-records ]]; then
    compopt -o default
  elif values=$(_killsnoop_values "${COMP_WORDS[0]}" "$before"); then
    _killsnoop_complete_list "$word" "$values"
  elif [[ ${COMP_WORDS[1]} == replay && $COMP_CWORD -gt 1 && $word != -* ]]; then
    compopt -o default
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_killsnoop_options "${command[@]}")" -- "$word")
  elif [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$_killsnoop_commands" -- "$word")
  fi
}

complete -F _killsnoop killsnoop
# Installed with a prefix, both have it.
case ${BASH_SOURCE[0]##*/} in
*-killsnoop) complete -F _killsnoop "${BASH_SOURCE[0]##*/}" ;;
esac
