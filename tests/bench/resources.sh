# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What a tracer itself needs: time to start, memory, CPU per event; and what it adds to fork+exec.
# Sourced by run; leaves lines for print_resources in $tmp/resources.

burst_count=20
resident_events=$((burst_calls * burst_count))

time_starts() {
	local args

	if [ "$1" = floor ]; then
		args=("$floor")
	else
		set_killsnoop_args ks_null
		args=("$killsnoop" "${args[@]}")
	fi
	"$bench" -r "$starts" start "${args[@]}" --ready-fd 3 <"$tmp/hold" 2>"$tmp/err" {hold}>&- |
		awk '{ printf "%.1f\n", $3 / 1e6 }'
}

# Resident and anonymous KiB.
memory() {
	awk '$1 == "VmRSS:" { rss = $2 } $1 == "RssAnon:" { anon = $2 } END { print rss, anon }' \
		"/proc/$tracer_pid/status"
}

# The name of a process may hold blanks and parentheses: count from the last one.
cpu_ticks() {
	sed 's/.*) //' "/proc/$tracer_pid/stat" | awk '{ print $12 + $13 }'
}

# Until the reader needed no CPU for half a second.
wait_drained() {
	local before=-1 now try

	for ((try = 0; try < 40; try++)); do
		now=$(cpu_ticks)
		[ "$now" = "$before" ] && return
		before=$now
		sleep 0.5
	done
}

count_events() {
	case $1 in
	ks_*) grep -cE '"event": *"signal"' "$tmp/events" ;;
	*) grep -cw bench "$tmp/out" ;;
	esac
}

# Prints: memory when ready, memory after the events, CPU microseconds per event, events.
measure_reader() {
	local name=$1 first second ticks events

	first=$(memory)
	ticks=$(cpu_ticks)
	"$bench" -n "$burst_calls" -r "$burst_count" -g 100 kill >/dev/null {hold}>&-
	wait_drained
	ticks=$(($(cpu_ticks) - ticks))
	second=$(memory)
	tracer_stop
	events=$(count_events "$name")
	echo "$first $second" "$(awk -v ticks="$ticks" -v hz="$(getconf CLK_TCK)" \
		-v events="$events" 'BEGIN {
			print events ? sprintf("%.1f", ticks * 1e6 / hz / events) : "-", events
		}')"
}

resources_of() {
	local name=$1 start=-

	[[ $name == floor || $name == ks_* ]] && start=$(time_starts "$name")
	if ! tracer_start "$name"; then
		tracer_failed "$name"
		return
	fi
	if [ "$name" = floor ]; then
		echo "$name ${start:--} $(memory) - - - -" >>"$tmp/resources"
		tracer_stop
	else
		measure_reader "$name" >"$tmp/reader"
		echo "$name ${start:--} $(cat "$tmp/reader")" >>"$tmp/resources"
		[[ $name == ks_* ]] && tracer_account "$name"
	fi
}

time_exec() {
	local pass name

	for ((pass = 1; pass <= exec_passes; pass++)); do
		for name in "$@"; do
			tracer_start "$name" || { tracer_failed "$name"; continue; }
			time_mode "$name" exec -n 100 -r 2
			tracer_stop
			tracer_account "$name"
		done
	done
}

measure_resources() {
	local name

	: >"$tmp/resources"
	for name in floor ks_file sigsnoop killsnoop_bt; do
		[[ " ${tracers[*]} " == *" $name "* ]] || continue
		[ -t 2 ] && printf '\r\033[Kresources: %s' "$name" >&2
		resources_of "$name"
	done
	[ -t 2 ] && printf '\r\033[K' >&2
	if [ -x "$killsnoop" ]; then
		time_exec none ks_plain
	else
		time_exec none
	fi
}

print_memory() {
	local name start rss anon rss_after anon_after cpu events

	printf '\n%-32s %9s %9s %9s %9s %9s %9s %9s\n' "" "start ms" "RSS KiB" "anon" "RSS after" \
		"anon" "CPU us/ev" "events"
	while read -r name start rss anon rss_after anon_after cpu events; do
		printf '%-32s %9s %9s %9s %9s %9s %9s %9s\n' "$(tracer_label "$name")" \
			"$start" "$rss" "$anon" "$rss_after" "$anon_after" "$cpu" "$events"
	done <"$tmp/resources"
	cat <<LEGEND

start     from fork to the ready byte, median of $starts starts
RSS       resident memory when ready, and after $resident_events events; it holds the mapped ring,
          "anon" does not
CPU       of the reader, user and system, per event written
LEGEND
}

print_exec() {
	local name

	printf '\n%-32s %9s %9s\n' "fork+exec+exit+wait, us" "best" "median"
	for name in none ks_plain; do
		awk -v name="$name" -v label="$(tracer_label "$name")" '
			$1 == name && $2 == "exec" {
				if (!best || $3 < best)
					best = $3
				sum += $4
				count++
			}
			END {
				if (count)
					printf "%-32s %9.1f %9.1f\n", label, best / 1e3, sum / count / 1e3
			}' "$tmp/results"
	done
}

print_resources() {
	print_memory
	print_exec
}
