#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shells that start processes and signal those, for so many seconds, in a pid namespace in which pids are
# used again all the time: see reuse_storm.t. All of these signals have the target that is meant.
# Exit status 77: the next pid cannot be chosen.
# The functions are called by name; what is in quotes is for other shells:
# shellcheck disable=SC2016,SC2317

seconds=$1
dir=$2

echo 300 2>/dev/null >/proc/sys/kernel/ns_last_pid || exit 77

# ---- one of each: started again and again ----

own() {
	sleep 10 &
	echo $! >>"$dir/pids"
	kill $!
	wait $!
	(
		sleep 10 &
		/bin/kill -TERM $!
		wait
	)
}

limited() {
	timeout .005 sleep 10
	timeout -s USR1 .005 sh -c 'sleep 10'
}

# In a session of its own.
away() {
	setsid sleep 10 &
	echo $! >>"$dir/pids"
	kill -0 $!
	kill $!
	wait $!
}

group() {
	bash -mc 'sleep 10 | sleep 10 & kill -- -$!; wait'
	setsid bash -c 'sleep 10 & kill 0'
}

# Of a child that has ended.
grandchild() {
	pid=$(sleep 10 >/dev/null & echo $!)
	kill "$pid"
}

itself() {
	sh -c 'kill $$'
	sh -c 'trap "exit 0" USR1; (kill -USR1 $PPID; kill -USR1 $$) & sleep 10 & wait'
	bash -c 'trap : USR1; sh -c "kill -USR1 \$PPID"; :'
}

# A worker of another family, by its name: whoever has that name is meant.
by_name() {
	pkill -x ks-worker
	killall -q ks-worker
}

workers() {
	setsid bash -c 'exec -a ks-worker "$0" 10' "$dir/ks-worker" &
	for _ in 1 2 3 4 5 6 7 8 9; do true & done
	wait
}

# As of compilers under make.
commands() {
	for _ in 1 2 3 4 5 6 7 8 9; do
		sh -c 'true | cat' | cat
		(true)
	done
}

# ---- all at once, in families ----

family() {
	while ((SECONDS < seconds)); do "$@" 2>/dev/null; done
}

cp "$(command -v sleep)" "$dir/ks-worker"
for work in own limited away group grandchild itself by_name workers commands; do
	(family "$work") &
	work_pids+=($!)
done
(while :; do
	echo 300 >/proc/sys/kernel/ns_last_pid
	sleep .02
done) &
wait "${work_pids[@]}"
exit 0
