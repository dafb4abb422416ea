# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# How each tracer is started, known to be ready, stopped, and asked what it lost.
# Sourced by run, which sets: bench floor killsnoop tmp hold tracer_pid.

tracers=(none floor floor_exit)
status=0
declare -A loss_noted=()

tracer_label() {
	case $1 in
	none) echo "none" ;;
	floor) echo "floor: empty signal_generate" ;;
	floor_exit) echo "floor: and empty sys_exit_kill" ;;
	ks_null) echo "killsnoop --json, /dev/null" ;;
	ks_file) echo "killsnoop --json --each, file" ;;
	ks_sig) echo "killsnoop, other signal wanted" ;;
	ks_pid) echo "killsnoop, other target wanted" ;;
	ks_plain) echo "killsnoop --json" ;;
	sigsnoop) echo "sigsnoop" ;;
	sigsnoop_k) echo "sigsnoop -k" ;;
	killsnoop_bt) echo "bpftrace killsnoop.bt" ;;
	perf) echo "perf record signal_generate" ;;
	audit_match) echo "audit, rule matches" ;;
	audit_other) echo "audit, rule does not match" ;;
	esac
}

choose_peer() {
	local command=$1 package=$2
	shift 2

	if command -v "$command" >/dev/null; then
		tracers+=("$@")
	else
		note "$command: not installed (Debian: $package)"
	fi
}

choose_tracers() {
	if [ -x "$killsnoop" ]; then
		tracers+=(ks_null ks_file ks_sig ks_pid)
	else
		note "killsnoop: $killsnoop is not built"
	fi
	[ "${BENCH_ONLY:-}" = killsnoop ] && return
	choose_peer sigsnoop libbpf-tools sigsnoop sigsnoop_k
	choose_peer killsnoop.bt bpftrace killsnoop_bt
	choose_peer perf linux-perf perf
}

# Background jobs of a script start with SIGINT ignored, and a tracer may leave it so.
launch() {
	env --default-signal=INT "$@" <"$tmp/hold" >"$tmp/out" 2>"$tmp/err" {hold}>&- &
	tracer_pid=$!
}

# For what says itself when it is ready. Its end without a word ends the wait as well.
launch_ready() {
	local byte

	env --default-signal=INT "$@" --ready-fd 9 9>"$tmp/ready" <"$tmp/hold" >"$tmp/out" \
		2>"$tmp/err" {hold}>&- &
	tracer_pid=$!
	byte=$(timeout 20 head -c 1 <"$tmp/ready" | wc -c)
	[ "$byte" = 1 ]
}

# For what needs tracefs, which the host may not have mounted, and should not get by this.
launch_with_tracefs() {
	# shellcheck disable=SC2016
	launch unshare -m sh -c \
		'mountpoint -q "$0" || mount -t tracefs tracefs "$0" && exec "$@"' \
		/sys/kernel/tracing "$@"
}

# For what does not say when it is ready: send signals until it reports one. The sender is bench
# under another name, for account_seen to tell them apart.
launch_probed() {
	local try

	launch_with_tracefs "$@"
	for ((try = 0; try < 400; try++)); do
		"$tmp/probe" -n 100 -r 1 kill >/dev/null {hold}>&-
		grep -qw probe "$tmp/out" && return
		kill -0 "$tracer_pid" 2>/dev/null || return
		sleep 0.05
	done
	return 1
}

launch_perf() {
	local answer control ack err

	exec {control}<>"$tmp/control" {ack}<>"$tmp/ack"
	launch_with_tracefs perf record -q -B -N -a -e signal:signal_generate -D -1 \
		--control "fifo:$tmp/control,$tmp/ack" -o "$tmp/perf.data"
	echo enable >&"$control"
	read -r -t 20 -u "$ack" answer && [ "$answer" = ack ]
	err=$?
	exec {control}>&- {ack}>&-
	return $err
}

tracer_start() {
	local args

	case $1 in
	none) ;;
	floor) launch_ready "$floor" ;;
	floor_exit) launch_ready "$floor" --exit ;;
	ks_*)
		set_killsnoop_args "$1"
		launch_ready "$killsnoop" "${args[@]}"
		;;
	sigsnoop) launch_probed sigsnoop ;;
	sigsnoop_k) launch_probed sigsnoop -k ;;
	killsnoop_bt) launch_probed bpftrace "$(command -v killsnoop.bt)" ;;
	perf) launch_perf ;;
	esac
}

# SIGINT, 20 seconds to drain, then SIGKILL. The end status goes to $status.
tracer_stop() {
	local try

	[ -n "$tracer_pid" ] || return
	kill -INT "$tracer_pid" 2>/dev/null
	for ((try = 0; try < 1000; try++)); do
		kill -0 "$tracer_pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$tracer_pid" 2>/dev/null
	wait "$tracer_pid" 2>/dev/null
	status=$?
	tracer_pid=
}

tracer_failed() {
	tracer_stop
	note "$(tracer_label "$1"): did not start: $(tail -n 1 "$tmp/err" | cut -c 1-200)"
}

# Numbers next to the word "lost" on standard error, summed; "?" if there is none.
lost_told() {
	awk '{
		text = tolower($0)
		if (match(text, /lost[^0-9]*[0-9]+/) || match(text, /[0-9]+ [a-z ]*lost/)) {
			number = substr(text, RSTART, RLENGTH)
			gsub(/[^0-9]/, "", number)
			sum += number
			found = 1
		}
	} END { print found ? sum : "?" }' "$tmp/err"
}

account_killsnoop() {
	local label message

	label=$(tracer_label "$1")
	message=$(tail -n 1 "$tmp/err" | cut -c 1-200)
	case $status in
	0) echo "$1 0" >>"$tmp/lost" ;;
	3)
		echo "$1 $(lost_told)" >>"$tmp/lost"
		[ -n "${loss_noted[$1]:-}" ] || note "$label: lost events in a pass: $message"
		loss_noted[$1]=1
		;;
	*) note "$label: ended with status $status: $message" ;;
	esac
}

# The calls of this pass that the tracer should have reported, less those it did.
account_seen() {
	local name=$1 seen=$2 modes=$3

	tail -n 3 "$tmp/results" | awk -v name="$name" -v seen="$seen" -v modes="$modes" '
		$1 == name && $2 ~ modes { sent += $5 }
		END { print name, (sent > seen ? sent - seen : 0) }' >>"$tmp/lost"
}

tracer_account() {
	case $1 in
	ks_*) account_killsnoop "$1" ;;
	sigsnoop) account_seen "$1" "$(grep -cw bench "$tmp/out")" '^kill$' ;;
	sigsnoop_k | killsnoop_bt)
		account_seen "$1" "$(grep -cw bench "$tmp/out")" '^(kill|esrch)$'
		;;
	perf)
		account_seen "$1" "$(perf report --stats -i "$tmp/perf.data" 2>/dev/null |
			awk '$1 == "SAMPLE" { print $3; exit }')" '^kill$'
		;;
	esac
	rm -f "$tmp/events" "$tmp/perf.data"
}
