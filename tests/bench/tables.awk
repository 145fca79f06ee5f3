# With figures.awk: markdown out of what the guests of tests/bench said: lines "NAME|KEY|VALUE"; a KEY
# that comes twice was measured twice. -v table=switch|growth|smp|timer|read|lines; exit status 1 if a
# row of perftop or what it's compared with is missing, or has a "why".

BEGIN {
	FS = "|"
	ours = "perftop hook=kprobe stacks=both"
}

/^#/ || NF != 3 {
	next
}

{
	name = $1
	key = $2
	# A part of its own for each file: the peers' bare is theirs.
	if (table == "smp") {
		cpus = FILENAME
		sub(/.*smp/, "", cpus)
		name = cpus " " name
	} else if (name == "bare" && FILENAME ~ /peers/) {
		name = "peers' bare"
	}
	if (!(name in seen)) {
		seen[name] = FILENAME
		names[++nr] = name
	}
	if (key == "why") {
		if (!(name in why))
			why[name] = $3
		else if (!index(why[name], $3))
			why[name] = why[name] "; " $3
		next
	}
	text[name, key] = $3
	sum[name, key] += $3
	count[name, key]++
	if (!((name, key) in min) || $3 + 0 < min[name, key])
		min[name, key] = $3 + 0
	if (!((name, key) in max) || $3 + 0 > max[name, key])
		max[name, key] = $3 + 0
}

function has(name, key)
{
	return (name, key) in sum
}

function mean(name, key)
{
	return sum[name, key] / count[name, key]
}

function millions(x)
{
	return x < 100e6 ? sprintf("%.2f M", x / 1e6) : commas(x / 1e6) " M"
}

function fail(what)
{
	print "tests/bench: " what >"/dev/stderr"
	bad = 1
}

# What a row adds to a switch, over its own guest's bare one.
function added(name, key,	bare)
{
	bare = seen[name] ~ /peers/ ? "peers' bare" : "bare"
	return mean(name, key) - mean(bare, key)
}

function ratio(name, key)
{
	return has(ours, key) ? sprintf("%.2f", added(name, key) / added(ours, key)) : "-"
}

function spread(name, key,	a)
{
	a = 100 * (max[name, key] - min[name, key]) / added(name, key)
	if (name !~ /^perftop /) {
		if (a > others) {
			others = a
			whose = name
		}
		return
	}
	if (a > worst)
		worst = a
	# The hash is seeded anew each time; a handful of instructions are no reason.
	if (a > 3 && max[name, key] - min[name, key] > 20)
		fail(sprintf("%s: repeats of %s differ by %.1f %%", name, key, a))
}

function switch_table(	i, name)
{
	print "| added to one switch, in instructions | ping-pong | ring | × perftop | bytes a switch | reading, instructions |"
	print "|---|---|---|---|---|---|"
	for (i = 1; i <= nr; i++) {
		name = names[i]
		if (name ~ /^peers' bare|^bare, at the end/)
			continue
		if (!has(name, "switch") || !has(name, "ring") || name in why) {
			missing[name] = name in why ? why[name] : "no figures: its guest did not get there"
			if (name == "bare" || name ~ /^(empty|wakeup|perftop) /)
				fail(name ": " missing[name])
		} else if (name == "bare") {
			printf "| bare: all of a switch | %s | %s | | | |\n", commas(mean(name, "switch")), commas(mean(name, "ring"))
		} else {
			printf "| %s | %s | %s | %s / %s | %s | %s |\n", name, commas(added(name, "switch")), commas(added(name, "ring")),
				ratio(name, "switch"), ratio(name, "ring"), has(name, "bytes") ? commas(mean(name, "bytes")) : "",
				has(name, "read") ? millions(mean(name, "read")) : ""
			if (name !~ /^(empty|wakeup) /) {
				spread(name, "switch")
				spread(name, "ring")
			}
		}
	}
	print ""
	print "× perftop: how many times what `" ours "` adds, in ping-pong / ring."
	printf "Two measurements of perftop's rows, each with the module loaded anew, differ by at most %.2f %% of what they add.\n", worst
	if (whose)
		printf "The others' do by up to %.0f %% (%s), as their hash tables have random seeds; shown is the mean.\n", others, whose
	if (has("bare, at the end", "switch"))
		printf "The bare switch after all of the others had run differs from the one before by %.2f %%.\n",
			100 * (mean("bare, at the end", "switch") / mean("peers' bare", "switch") - 1)
	for (i = 1; i <= nr; i++)
		if (names[i] in missing)
			print "\nNot there: " names[i] ": " missing[names[i]] "."
}

function cell(name, key)
{
	return has(name, key) ? commas(mean(name, key)) : "-"
}

function read_table(	i, name)
{
	print "| | rows in its tables | open | read | both | bytes read |"
	print "|---|---|---|---|---|---|"
	for (i = 1; i <= nr; i++) {
		name = names[i]
		if (name in why || !has(name, "bytes")) {
			fail("reading " name ": " (name in why ? why[name] : "no figures"))
			continue
		}
		printf "| %s | %s | %s | %s | %s | %s |\n", name, has(name, "entries") ? commas(mean(name, "entries")) : "all",
			millions(mean(name, "open")), millions(mean(name, "read")), millions(mean(name, "open") + mean(name, "read")),
			commas(mean(name, "bytes"))
	}
	if (nr < 4)
		fail("reading: no figures, its guest did not get there")
}

function lines_row(what, of)
{
	if (!has("b-" of, "all") || !has("p-" of, "all")) {
		fail("lines: no figures of " what)
		return
	}
	printf "| %s | %.1f | %.1f | %.1f | %.1f |\n", what, mean("p-" of, "own"), mean("p-" of, "text"), mean("p-" of, "all"),
		mean("b-" of, "all")
}

function lines_table()
{
	print "| cache lines of data, of a switch | perftop's own | touched by its instructions | all that are touched | without perftop |"
	print "|---|---|---|---|---|"
	lines_row("ping-pong", "switch")
	lines_row("ring of 64, each at a random depth", "random")
}

function growth_table(	i, name)
{
	print "| stacks in the table | all of them asleep: ping-pong | ring | all of them in use |" \
		" open /proc/perftop | read top=20 | read top=1000 | open + read /proc/schedtop | /proc/lattop | interrupts off, µs | memory, bytes (max_stacks=) |"
	print "|---|---|---|---|---|---|---|---|---|---|---|"
	for (i = 1; i <= nr; i++) {
		name = names[i]
		if (name in why || !has(name, "late"))
			fail("growth at " name ": " (name in why ? why[name] : "no figures: its guest did not get there"))
		if (!has(name, "late"))
			continue
		printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %.1f, %s (%.1f) | %s (%s) |\n", commas(mean(name, "table")),
			commas(mean(name, "switch") - mean(name, "switch_bare")), commas(mean(name, "ring") - mean(name, "ring_bare")),
			commas(mean(name, "cycle") - mean(name, "cycle_bare")), millions(mean(name, "open20")),
			millions(mean(name, "read20")), millions(mean(name, "read1000")),
			millions(mean(name, "open_sched") + mean(name, "read_sched")),
			millions(mean(name, "open_lat") + mean(name, "read_lat")), mean(name, "late") / 1000,
			text[name, "late_in"], mean(name, "late_other") / 1000, cell(name, "memory"), mean(name, "entries")
	}
	if (nr < 4)
		fail("growth: no figures, its guest did not get there")
}

function smp_table(	i, j, cpus, n, name, key)
{
	print "| CPUs | bare | added, hook=kprobe | added, hook=tracepoint | memory, hook=kprobe | hook=tracepoint |"
	print "|---|---|---|---|---|---|"
	n = split("1 2 4", cpus, " ")
	for (i = 1; i <= n; i++) {
		name = cpus[i] " "
		for (j in why)
			if (index(j, name) == 1)
				fail(j ": " why[j])
		if (!has(name "bare", "pairs") || !has(name "kprobe", "pairs") || !has(name "tracepoint", "pairs")) {
			fail(name "CPUs: no figures, its guest did not get there")
			continue
		}
		printf "| %s | %s | %s | %s | %s | %s |\n", cpus[i], commas(mean(name "bare", "pairs")),
			commas(mean(name "kprobe", "pairs") - mean(name "bare", "pairs")),
			commas(mean(name "tracepoint", "pairs") - mean(name "bare", "pairs")),
			cell(name "kprobe", "memory"), cell(name "tracepoint", "memory")
	}
}

function timer_table(	i, name)
{
	print "| one timer interrupt, in instructions | by | all of it | added |"
	print "|---|---|---|---|"
	for (i = 1; i <= nr; i++) {
		name = names[i]
		if (name in why || !has(name, "timer")) {
			fail("timer, " name ": " (name in why ? why[name] : "no figures"))
			continue
		}
		printf "| %s | %s | %s | %s |\n", name, text[name, "by"], commas(mean(name, "timer")),
			name == "bare" ? "" : commas(mean(name, "timer") - mean("bare", "timer"))
	}
	if (nr < 7)
		fail("timer: no figures, its guest did not get there")
}

END {
	if (table == "switch")
		switch_table()
	else if (table == "growth")
		growth_table()
	else if (table == "timer")
		timer_table()
	else if (table == "read")
		read_table()
	else if (table == "lines")
		lines_table()
	else
		smp_table()
	exit bad
}
