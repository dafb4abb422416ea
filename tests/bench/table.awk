# SPDX-License-Identifier: GPL-2.0-only
# The table of tests/bench/run, from its files of labels, losses and results.

function keep(name, mode, best, median,    key) {
	key = name SUBSEP mode
	if (!(key in bests) || best < bests[key])
		bests[key] = best
	medians[key, ++counts[key]] = median
}

# Of the passes' medians, the middle one.
function median(key,    i, j, n, t) {
	n = counts[key]
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && medians[key, j] < medians[key, j - 1]; j--) {
			t = medians[key, j]
			medians[key, j] = medians[key, j - 1]
			medians[key, j - 1] = t
		}
	return n % 2 ? medians[key, (n + 1) / 2] : (medians[key, n / 2] + medians[key, n / 2 + 1]) / 2
}

function has(name, mode) {
	return (name SUBSEP mode) in bests && ("none" SUBSEP mode) in bests
}

function best(name, mode) {
	return (name SUBSEP mode) in bests ? sprintf("%.0f", bests[name, mode]) : "-"
}

function middle(name, mode) {
	return (name SUBSEP mode) in bests ? sprintf("%.0f", median(name SUBSEP mode)) : "-"
}

function added(name, mode) {
	return bests[name, mode] - bests["none", mode]
}

function show_added(name, mode) {
	if (name == "none" || !has(name, mode))
		return "-"
	return sprintf("%+d", added(name, mode) + (added(name, mode) < 0 ? -0.5 : 0.5))
}

function ratio(name) {
	if (name == "none" || !has(name, "kill") || !has("floor", "kill") || added("floor", "kill") <= 0)
		return "-"
	return sprintf("%.1f", added(name, "kill") / added("floor", "kill"))
}

# What the tracer would have reported, had it kept up: sigsnoop and perf do not see failed calls.
function is_event(name, mode) {
	return mode ~ /^kill/ || (mode == "esrch" && name !~ /^(sigsnoop|perf)$/)
}

function show_lost(name) {
	if (!(name in lost) || lost[name] == "?" || !lost[name])
		return name in lost ? lost[name] : "-"
	return sprintf("%.2f%%", 100 * lost[name] / sent[name])
}

function row(name, label) {
	printf "%-32s %8s %8s %8s %7s %8s %8s %8s %9s\n", label, best(name, "kill"),
		middle(name, "kill"), show_added(name, "kill"), ratio(name),
		show_added(name, "kill-burst"), show_added(name, "esrch"),
		show_added(name, "getppid"), show_lost(name)
}

FILENAME == ARGV[1] {
	names[++tracers] = $1
	labels[$1] = substr($0, length($1) + 2)
	next
}

FILENAME == ARGV[2] {
	if ($2 == "?" || lost[$1] == "?")
		lost[$1] = "?"
	else
		lost[$1] += $2
	next
}

{
	keep($1, $2, $3, $4)
	if (is_event($1, $2))
		sent[$1] += $5
}

END {
	printf "%-32s %8s %8s %8s %7s %8s %8s %8s %9s\n", "tracer", "kill ns", "median", "added",
		"ratio", "burst", "esrch", "getppid", "lost"
	for (i = 1; i <= tracers; i++)
		row(names[i], labels[names[i]])
	printf "\nuntraced: kill %s (in bursts %s), esrch %s, getppid %s\n", best("none", "kill"),
		best("none", "kill-burst"), best("none", "esrch"), best("none", "getppid")
}
