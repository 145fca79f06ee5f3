# Markdown out of what the guests of BENCH=mix said (mix.sh): lines "CONFIGURATION WORKLOAD|KEY|VALUE". What two measurements say is
# added up. -v words="WORKLOAD..." are those to show. Exit status 1 if one of perftop has no figures, or has a "why".

BEGIN {
	FS = "|"
	# goal WORKLOAD, WHAT IT IS, PER WHAT, GOAL[, of hook=kprobe][, "%" if it's a share]
	goal("ping-pong", "ping-pong", "switch", 386, 520)
	goal("frames0", "ping-pong without frame pointers, by tables", "switch", 420)
	goal("frames60", "... 60 frames deep", "switch", 900)
	goal("random", "ring of 64, a random depth of 0 to 15 at each turn", "switch", 650)
	goal("paths4", "4 call paths per process in turn", "switch", 600)
	goal("paths8", "8 call paths per process in turn", "switch", 600)
	goal("paths64", "64 call paths per process in turn", "switch", 600)
	goal("paths1000", "1,000 call paths per process in turn", "switch", 1500)
	goal("pairs", "4 CPUs, 6 unpinned pairs", "switch", 600)
	goal("about", "4 CPUs, 6 pairs, each process woken on any of them", "switch", 600)
	goal("ring800", "ring of 800, a depth each", "switch", 900)
	goal("ring1500", "ring of 1,500, a depth each", "switch", 900)
	goal("condvar", "C++ condition variables, no frame pointers", "switch", 450)
	goal("threads", "threads created and joined", "thread", 3000)
	goal("children", "fork and exit", "fork")
	goal("forks", "fork, exec and exit", "fork", 2000)
	goal("libraries", "fork, exec of a program that maps ten libraries, and exit", "fork")
	goal("maps", "memory mapped and unmapped", "mapping", 250)
	goal("python", "python threads", "switch", 600)
	goal("preempt", "a computation preempted every 20 µs", "switch", 10, 10, "%")
	goal("epoll", "epoll server, 16 clients", "switch")
	goal("redis", "redis, one client", "switch")
	also["pairs"] = also["about"] = "; hits ≥ 95 %"
	also["ring800"] = also["ring1500"] = "; untracked 0, evicted ≤ 1 %"
	nr_hooks = split("tracepoint kprobe", hooks, " ")
	nr_tools = split("bcc offcputime -K|perf record -a -g", tools, "|")
}

function goal(name, what, per, most, most_kprobe, unit)
{
	order[++nr] = name
	is[name] = what
	unit_of[name] = per
	limit[name, "tracepoint"] = most
	limit[name, "kprobe"] = most_kprobe
	percent[name] = unit == "%"
}

/^#/ || NF != 3 {
	next
}

{
	split($1, part, / [^ ]*$/)
	sub(/.* /, "", $1)
	name = $1
	config = part[1]
	if ($2 == "why") {
		if (!index(why[config, name], $3))
			why[config, name] = why[config, name] "; " $3
		next
	}
	sum[config, name, $2] += $3
	value[config, name, $2, ++times[config, name, $2]] = $3
}

# The mean of what was measured of a workload.
function mean(config, name, key)
{
	return sum[config, name, key] / times[config, name, key]
}

# Of all runs, the ticks of the one that is the RANKth by that.
function ranked(config, name, rank,	n, i, k, less)
{
	n = times[config, name, "ticks"]
	for (i = 1; i <= n; i++) {
		less = 0
		for (k = 1; k <= n; k++)
			if (value[config, name, "ticks", k] < value[config, name, "ticks", i] ||
			    (value[config, name, "ticks", k] == value[config, name, "ticks", i] && k < i))
				less++
		if (less == rank - 1)
			return value[config, name, "ticks", i]
	}
}

# The median.
function ticks(config, name,	n)
{
	n = times[config, name, "ticks"]
	return (ranked(config, name, int((n + 1) / 2)) + ranked(config, name, int(n / 2) + 1)) / 2
}

function there(config, name)
{
	return (config, name, "ticks") in sum && ("bare", name, "ticks") in sum
}

function ours(hook, budget)
{
	return hook " budget=" budget
}

function units(config, name)
{
	return mean(config, name, unit_of[name] == "switch" ? "switches" : "tasks")
}

# More instructions than bare: all of them, for each switch (thread, fork), in percent.
function more(config, name)
{
	return ticks(config, name) - ticks("bare", name)
}

function each(config, name)
{
	return more(config, name) / units(config, name)
}

function share(config, name)
{
	return 100 * more(config, name) / ticks("bare", name)
}

function cell(config, name)
{
	return there(config, name) ? sprintf("%s (%.1f %%)", commas(each(config, name)), share(config, name)) : "-"
}

# What it is as a multiple of what it has to be.
function far(name, hook,	config)
{
	config = ours(hook, 100)
	if (!there(config, name) || !limit[name, hook])
		return 0
	return (percent[name] ? share(config, name) : each(config, name)) / limit[name, hook]
}

function farthest(name,	i, most)
{
	for (i in hooks)
		if (far(name, hooks[i]) > most)
			most = far(name, hooks[i])
	return most
}

function goal_text(name,	text)
{
	if (!limit[name, "tracepoint"])
		return "-"
	text = "≤ " commas(limit[name, "tracepoint"]) (percent[name] ? " %" : "")
	if (limit[name, "kprobe"] && !percent[name])
		text = text " (kprobe " commas(limit[name, "kprobe"]) ")"
	return text also[name]
}

function fail(config, name)
{
	print "tests/bench: mix: " config " " name ": " ((config, name) in why ? substr(why[config, name], 3) : "no figures") >"/dev/stderr"
	bad = 1
}

function costs(	i, k, name, config, line, best)
{
	print "| added, in instructions (of all without it) | per | bare | tracepoint | kprobe | goal | × goal |" \
		" hits | untracked | evicted | memory |" tools_head()
	print "|---|---|---|---|---|---|---|---|---|---|---|" tools_rule()
	for (;;) {
		name = ""
		best = -1
		for (i = 1; i <= nr; i++)
			if (order[i] in wanted && !(order[i] in done) && farthest(order[i]) > best) {
				name = order[i]
				best = farthest(name)
			}
		if (name == "")
			break
		done[name] = 1
		if (!(("bare", name, "ticks") in sum)) {
			fail("bare", name)
			continue
		}
		config = ours(there(ours("tracepoint", 100), name) ? "tracepoint" : "kprobe", 100)
		printf "| %s | %s | %s | ", is[name], unit_of[name], commas(ticks("bare", name) / units("bare", name))
		printf "%s | %s | %s | %s | ", cell(ours("tracepoint", 100), name), cell(ours("kprobe", 100), name), goal_text(name),
			(best ? sprintf("%.1f", best) : "-")
		if (there(config, name))
			printf "%.1f %% | %s | %.2f %% | %s |", 100 * mean(config, name, "hits") / max(1, mean(config, name, "stacks")),
				commas(mean(config, name, "untracked")), 100 * mean(config, name, "evicted") / mean(config, name, "ticks"),
				commas(mean(config, name, "memory"))
		else
			printf "- | - | - | - |"
		for (i = 1; i <= nr_tools; i++)
			if (tools[i] in seen_tool)
				printf " %s |", cell(tools[i], name)
		print ""
	}
}

function max(a, b)
{
	return a > b ? a : b
}

function tools_head(	i, text)
{
	for (i = 1; i <= nr_tools; i++)
		if (tools[i] in seen_tool)
			text = text " " tools[i] " |"
	return text
}

function tools_rule(	i, text)
{
	for (i = 1; i <= nr_tools; i++)
		if (tools[i] in seen_tool)
			text = text "---|"
	return text
}

# The cost in the header beside the real one, both as shares of all instructions.
function shown(	i, k, b, name, config, real, said, head)
{
	for (i = 1; i <= nr; i++)
		for (k = 1; k <= nr_hooks; k++)
			for (b = 1; b <= 2; b++) {
				name = order[i]
				if (!there(ours(hooks[k], "default"), name))
					continue
				config = ours(hooks[k], b == 1 ? "100" : "default")
				if (!there(config, name))
					continue
				if (!head++) {
					print "\n| own cost | hook | budget | shown | real | shown ÷ real |"
					print "|---|---|---|---|---|---|"
				}
				real = 100 * more(config, name) / mean(config, name, "ticks")
				said = 100 * mean(config, name, "cost") / mean(config, name, "ticks")
				printf "| %s | %s | %s | %.2f %% | %.2f %% | %.2f |\n", is[name], hooks[k], b == 1 ? "100 %" : "1 % (default)",
					said, real, (real > 0 ? said / real : 0)
			}
}

# Of what was measured several times, how far apart it was: bare and with a hook, by what a unit took.
function spreads(	i, k, name, config, n)
{
	for (i = 1; i <= nr; i++)
		for (k = 0; k <= nr_hooks; k++) {
			name = order[i]
			config = k ? ours(hooks[k], 100) : "bare"
			n = times[config, name, "ticks"]
			if (n < 3 || !there(config, name))
				continue
			printf "%s%s, %s: %s to %s instructions in %d runs, of which the median counts.\n", k ? "" : "\n", is[name],
				k ? hooks[k] : "bare", commas(ranked(config, name, 1) / units(config, name)),
				commas(ranked(config, name, n) / units(config, name)), n
		}
}

END {
	split(words, list, " ")
	for (i in list)
		wanted[list[i]] = 1
	for (key in times) {
		split(key, part, SUBSEP)
		for (i = 1; i <= nr_tools; i++)
			if (part[1] == tools[i])
				seen_tool[tools[i]] = 1
	}
	costs()
	shown()
	spreads()
	for (key in why) {
		split(key, part, SUBSEP)
		if (part[1] == "bare" || part[1] ~ /budget=/)
			fail(part[1], part[2])
		else
			print "\nNot there: " part[1] ", " part[2] ": " substr(why[key], 3) "."
	}
	exit bad
}
