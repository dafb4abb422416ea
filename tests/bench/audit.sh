# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Kernel audit as a peer. Touches the host's audit settings, so only when asked to, only where no
# daemon and no rules are, and it puts everything back. Sourced by run.

audit_pid=
audit_tracers=()
audit_saved=
audit_rule=()

# What is restored, and compared afterwards. The rest of the status are counters.
audit_settings() {
	auditctl -s | awk '$1 ~ /^(enabled|failure|pid|rate_limit|backlog_limit|backlog_wait_time)$/' &&
		auditctl -l
}

audit_setting() {
	auditctl -s | awk -v name="$1" '$1 == name { print $2 }'
}

audit_why_not() {
	if [ "${BENCH_ONLY:-}" = killsnoop ]; then
		echo "BENCH_ONLY=killsnoop"
	elif [ "${CI:-}" != true ] && [ "${KILLSNOOP_BENCH_AUDIT:-}" != 1 ]; then
		echo "set KILLSNOOP_BENCH_AUDIT=1; it changes audit's settings for a while"
	elif ! command -v auditctl >/dev/null || ! command -v auditd >/dev/null; then
		echo "not installed (Debian: auditd)"
	elif ! auditctl -s >/dev/null 2>&1; then
		echo "no permission, or not in this kernel"
	elif [ "$(audit_setting enabled)" = 2 ]; then
		echo "the settings are locked"
	elif [ "$(audit_setting pid)" != 0 ]; then
		echo "a daemon is running, and its log would be flooded"
	elif [ "$(auditctl -l)" != "No rules" ]; then
		echo "there are rules already"
	fi
}

audit_write_config() {
	mkdir -m 0750 "$tmp/audit" "$tmp/audit/plugins.d" "$tmp/audit/log" || return
	cat >"$tmp/audit/auditd.conf" <<CONF
local_events = yes
write_logs = yes
log_file = $tmp/audit/log/audit.log
log_format = RAW
flush = INCREMENTAL_ASYNC
freq = 50
num_logs = 2
max_log_file = 64
max_log_file_action = ROTATE
space_left = 20
space_left_action = IGNORE
admin_space_left = 10
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
plugin_dir = $tmp/audit/plugins.d
CONF
	chmod 0640 "$tmp/audit/auditd.conf"
}

audit_begin() {
	local try

	audit_write_config || return
	audit_saved=$(audit_settings)
	auditd -n -c "$tmp/audit" -s nochange >"$tmp/out" 2>"$tmp/err" {hold}>&- &
	audit_pid=$!
	for ((try = 0; try < 200; try++)); do
		[ "$(audit_setting pid)" = "$audit_pid" ] && break
		kill -0 "$audit_pid" 2>/dev/null || return
		sleep 0.05
	done
	auditctl -b 8192 >/dev/null && auditctl -e 1 >/dev/null
}

audit_saved_setting() {
	awk -v name="$1" '$1 == name { print $2 }' <<<"$audit_saved"
}

audit_rule_delete() {
	[ ${#audit_rule[@]} = 0 ] || auditctl -d "${audit_rule[@]}" >/dev/null 2>&1
	audit_rule=()
}

# What it has not read yet would go to the kernel log instead.
audit_stop_daemon() {
	local try

	for ((try = 0; try < 100 && $(audit_setting backlog) != 0; try++)); do
		sleep 0.05
	done
	kill -TERM "$audit_pid" 2>/dev/null
	for ((try = 0; try < 500; try++)); do
		kill -0 "$audit_pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$audit_pid" 2>/dev/null
	wait "$audit_pid" 2>/dev/null
	audit_pid=
}

# A daemon that died without signing off stays registered until the kernel fails to send to it, so
# give it something to send. Without this nothing could be audited to a log until then.
audit_forget_daemon() {
	local try

	[ "$(audit_setting pid)" = "$1" ] || return
	auditctl -e 1 >/dev/null
	for ((try = 0; try < 50 && $(audit_setting pid) != 0; try++)); do
		auditctl -m "killsnoop bench: auditd is gone" >/dev/null
		sleep 0.1
	done
	auditctl -e "$(audit_saved_setting enabled)" >/dev/null
}

# Disabled before the daemon goes, or the last records would go to the kernel log.
audit_restore() {
	local daemon=$audit_pid now

	[ -n "$audit_saved" ] || return
	audit_rule_delete
	auditctl -e "$(audit_saved_setting enabled)" >/dev/null
	audit_stop_daemon
	auditctl -b "$(audit_saved_setting backlog_limit)" >/dev/null
	audit_forget_daemon "$daemon"
	now=$(audit_settings)
	[ "$now" = "$audit_saved" ] || printf '%s\n' "bench: AUDIT IS NOT AS FOUND; it was:" \
		"$audit_saved" "and is now:" "$now" >&2
	audit_saved=
}

audit_time_rule() {
	local name=$1 sig=$2 lost

	audit_rule=("always,exit" -F arch=b64 -S kill -F "a1=$sig")
	auditctl -a "${audit_rule[@]}" >/dev/null || return
	lost=$(audit_setting lost)
	time_tracer "$name"
	echo "$name $(($(audit_setting lost) - lost))" >>"$tmp/lost"
	audit_rule_delete
}

audit_time_passes() {
	local pass usr1

	usr1=$(kill -l USR1)
	audit_tracers=(audit_match audit_other)
	for ((pass = 1; pass <= rounds; pass++)); do
		[ -t 2 ] && printf '\r\033[Kpass %d/%d: audit' "$pass" "$rounds" >&2
		audit_time_rule audit_match "$usr1"
		audit_time_rule audit_other 9
	done
	[ -t 2 ] && printf '\r\033[K' >&2
}

# The last of all: once audit was enabled, the kernel gives every new process an audit context until
# the next boot, and even "untraced" is slower from then on.
audit_time_all() {
	local reason

	reason=$(audit_why_not)
	if [ -n "$reason" ]; then
		note "audit: not measured ($reason)"
		return
	fi
	if audit_begin; then
		audit_time_passes
		note "audit was enabled for a while: until the next boot, every process started from" \
			"now on is a little slower in every system call"
	else
		note "audit: not measured (auditd did not start: $(tail -n 1 "$tmp/err"))"
	fi
	audit_restore
}
