# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What user space needs for an event: to read it, and to write it in each format. From recordings.
# Sourced by run; leaves lines for print_formats in $tmp/formats.

format_rounds=${quick:+3}
format_rounds=${format_rounds:-9}
new_senders=${quick:+200}
new_senders=${new_senders:-1000}

# One sender again and again; or each event by another one.
play_storm() {
	"$bench" -n "$burst_calls" -r 4 -g 100 kill >/dev/null {hold}>&-
}

play_senders() {
	local i

	for ((i = 0; i < new_senders; i++)); do
		env kill -USR1 "$bystander"
	done
}

record_and_time() {
	local name=$1

	if ! launch_ready "$killsnoop" --sig USR1 --save-records "$tmp/$name.rec" -w /dev/null; then
		tracer_stop
		note "formats: $name could not be recorded: $(tail -n 1 "$tmp/err" | cut -c 1-200)"
		return
	fi
	"play_$name"
	wait_drained
	tracer_stop
	"$build/bench-format" "$tmp/$name.rec" "$format_rounds" | sed "s/^/$name /" >>"$tmp/formats"
	rm -f "$tmp/$name.rec"
}

measure_formats() {
	local name

	: >"$tmp/formats"
	[ -x "$killsnoop" ] || return
	for name in storm senders; do
		[ -t 2 ] && printf '\r\033[Kformats: %s' "$name" >&2
		record_and_time "$name"
	done
	[ -t 2 ] && printf '\r\033[K' >&2
}

print_formats() {
	printf '\n%-32s %9s %9s %9s %9s\n' "CPU an event of user space, ns" "storm" "bytes" \
		"senders" "bytes"
	awk '
		!($2 in seen) { seen[$2] = 1; names[++n] = $2 }
		{ ns[$1, $2] = $3; bytes[$1, $2] = $4 }
		END {
			for (i = 1; i <= n; i++) {
				name = names[i]
				printf "%-32s %9d %9d %9d %9d\n",
					name == "none" ? "to read it" : "to write it: " name,
					ns["storm", name], bytes["storm", name],
					ns["senders", name], bytes["senders", name]
			}
		}' "$tmp/formats"
	cat <<LEGEND

storm     one process signals another again and again; senders: each signal has another sender
to write  in a format, without write(2); best of $format_rounds rounds from a recording
LEGEND
}
