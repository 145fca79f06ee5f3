// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/module.h>

#include "interface/events_file.h"
#include "interface/format.h"
#include "interface/param_ops.h"
#include "interface/params.h"
#include "interface/proc_files.h"
#include "interface/records.h"
#include "probe/hook.h"
#include "probe/hot.h"
#include "recording/recording.h"
#include "snapshot/lattop.h"

enum { PTOP_TAKE_BOTH, PTOP_TAKE_KERNEL, PTOP_TAKE_USER };

static const char * const stacks_names[] = { "both", "kernel", "user" };
static const char * const hook_names[] = { "kprobe", "tracepoint" };
static const char * const sum_names[] = { "thread", "process", "cgroup" };

static unsigned int top = 20;
static unsigned int depth = 16;
static unsigned int user_depth = 64;
static unsigned int unwind_mb = 32;
/* 0: not given, see ptop_params_scale() */
static unsigned int max_stacks;
static unsigned int max_pids;
static unsigned int max_sleeps;
static unsigned int max_threads;
static unsigned int events = 512;
static unsigned int targets = 1024;
static unsigned int stacks = PTOP_TAKE_BOTH;
static unsigned int hook = PTOP_HOOK_KPROBE;
static unsigned int hrtimer = 1;
static unsigned int idle;
static unsigned int sleepers = 1000;
static unsigned int sum = PTOP_SUM_THREAD;
static unsigned int budget = 100;
static unsigned int stop;
static unsigned int verify_stacks;
static unsigned int mode = 0666;
static unsigned int gid;

static const struct ptop_range top_range = { "top", &top, 1, 1000 };
module_param_cb(top, &ptop_range_ops, (void *)&top_range, 0644);
MODULE_PARM_DESC(top,
		 "rows of /proc/perftop: 1 to 1000 (20)");

static const struct ptop_range depth_range = { "depth", &depth, 1, PTOP_DEPTH_MAX };
module_param_cb(depth, &ptop_range_ops, (void *)&depth_range, 0444);
MODULE_PARM_DESC(depth,
		 "frames of a kernel stack: 1 to 32 (16)");

static const struct ptop_range user_depth_range = {
	"user_depth", &user_depth, 1, PTOP_USER_DEPTH_MAX
};
module_param_cb(user_depth, &ptop_range_ops, (void *)&user_depth_range, 0444);
MODULE_PARM_DESC(user_depth,
		 "frames of a user stack: 1 to 127 (64)");

static const struct ptop_range unwind_range = { "unwind_mb", &unwind_mb, 0, 1024 };
module_param_cb(unwind_mb, &ptop_range_ops, (void *)&unwind_range, 0444);
MODULE_PARM_DESC(unwind_mb,
		 "MiB of unwind tables that perftop-unwind.service may load: 0 to 1024, 0: none (32)");

static const struct ptop_range max_stacks_range = { "max_stacks", &max_stacks, 64, 1 << 20, true };
module_param_cb(max_stacks, &ptop_range_ops, (void *)&max_stacks_range, 0444);
MODULE_PARM_DESC(max_stacks,
		 "stacks kept per CPU: 64 to 1048576; 0: 4096 with up to 4 CPUs, 2048 up to 32, else 1024 (0)");

static const struct ptop_range max_pids_range = { "max_pids", &max_pids, 64, 1 << 20, true };
module_param_cb(max_pids, &ptop_range_ops, (void *)&max_pids_range, 0444);
MODULE_PARM_DESC(max_pids,
		 "threads with a row kept per CPU: 64 to 1048576; 0: 2048 with up to 4 CPUs, else 1024 (0)");

static const struct ptop_range max_sleeps_range = { "max_sleeps", &max_sleeps, 64, 1 << 20, true };
module_param_cb(max_sleeps, &ptop_range_ops, (void *)&max_sleeps_range, 0444);
MODULE_PARM_DESC(max_sleeps,
		 "places where threads sleep (a thread and its stack) kept per CPU: 64 to 1048576; 0: 2816 with up to 4 CPUs, 2048 up to 32, else 1024 (0)");

static const struct ptop_range max_threads_range = {
	"max_threads", &max_threads, 64, 1 << 20, true
};
module_param_cb(max_threads, &ptop_range_ops, (void *)&max_threads_range, 0444);
MODULE_PARM_DESC(max_threads,
		 "threads remembered, for each CPU on line at load: 64 to 1048576; 0: 2048 with up to 4 CPUs, 1024 up to 64, then 65536 in all (0)");

static const struct ptop_range events_range = { "events", &events, 0, 1 << 20 };
module_param_cb(events, &ptop_range_ops, (void *)&events_range, 0444);
MODULE_PARM_DESC(events,
		 "events kept per CPU for readers of /proc/perftop_events: 0 to 1048576, 0: no such file (512)");

static const struct ptop_range targets_range = { "targets", &targets, 64, 1 << 20 };
module_param_cb(targets, &ptop_range_ops, (void *)&targets_range, 0444);
MODULE_PARM_DESC(targets,
		 "processes that can match target=: 64 to 1048576 (1024)");

static const struct ptop_target_param target_param = {
	"target", ptop_recording_target, ptop_target_show
};
module_param_cb(target, &ptop_target_ops, (void *)&target_param, 0644);
MODULE_PARM_DESC(target,
		 "part of the name of the processes that are recorded, or cgroup:PATH for those of a cgroup (v2); empty: all (empty)");

static const struct ptop_choice stacks_choice = {
	"stacks", &stacks, stacks_names, ARRAY_SIZE(stacks_names)
};
module_param_cb(stacks, &ptop_choice_ops, (void *)&stacks_choice, 0444);
MODULE_PARM_DESC(stacks,
		 "which stacks are taken: both, kernel, user (both)");

static const struct ptop_choice hook_choice = {
	"hook", &hook, hook_names, ARRAY_SIZE(hook_names)
};
module_param_cb(hook, &ptop_choice_ops, (void *)&hook_choice, 0444);
MODULE_PARM_DESC(hook,
		 "how to see context switches: kprobe, tracepoint (kprobe)");

static const struct ptop_range hrtimer_range = { "hrtimer", &hrtimer, 0, 1 };
module_param_cb(hrtimer, &ptop_range_ops, (void *)&hrtimer_range, 0444);
MODULE_PARM_DESC(hrtimer,
		 "measure hrtimer interrupts: 0 or 1 (1)");

static const struct ptop_range idle_range = { "idle", &idle, 0, 1 };
module_param_cb(idle, &ptop_range_ops, (void *)&idle_range, 0644);
MODULE_PARM_DESC(idle,
		 "list the idle task of each CPU in /proc/schedtop: 0 or 1 (0)");

static const struct ptop_range sleepers_range = { "sleepers", &sleepers, 1, 10000 };
module_param_cb(sleepers, &ptop_range_ops, (void *)&sleepers_range, 0644);
MODULE_PARM_DESC(sleepers,
		 "rows of /proc/lattop: 1 to 10000 (1000)");

static const struct ptop_choice sum_choice = {
	"sum", &sum, sum_names, ARRAY_SIZE(sum_names)
};
module_param_cb(sum, &ptop_choice_ops, (void *)&sum_choice, 0644);
MODULE_PARM_DESC(sum,
		 "what a row of /proc/lattop is: thread, process, cgroup; with cgroup also of /proc/schedtop (thread)");

static const struct ptop_percent budget_percent = { "budget", &budget };
module_param_cb(budget, &ptop_percent_ops, (void *)&budget_percent, 0644);
MODULE_PARM_DESC(budget,
		 "percent of a CPU that stacks may take before fewer are taken: 0.01 to 100 (1.00)");

static const struct ptop_percent stop_percent = { "stop", &stop, .none = true };
module_param_cb(stop, &ptop_percent_ops, (void *)&stop_percent, 0644);
MODULE_PARM_DESC(stop,
		 "percent of a CPU that all but stacks may take before it isn't recorded for a while: 0, never, or 0.01 to 100 (0)");

static const struct ptop_range verify_range = { "verify_stacks", &verify_stacks, 0, 1 };
module_param_cb(verify_stacks, &ptop_range_ops, (void *)&verify_range, 0644);
MODULE_PARM_DESC(verify_stacks,
		 "unwind each stack even if the cache knows it, and compare: 0 or 1 (0)");

static const struct ptop_range times_range = { "verify_times", &ptop_hot.verify_times, 0, 1 };
module_param_cb(verify_times, &ptop_range_ops, (void *)&times_range, 0644);
MODULE_PARM_DESC(verify_times,
		 "begin each thread's time where the scheduler does, at the wakeup that preempts, to compare: 0 or 1 (0)");

static const struct ptop_range gid_range = { "gid", &gid, 0, INT_MAX };
module_param_cb(gid, &ptop_range_ops, (void *)&gid_range, 0444);
MODULE_PARM_DESC(gid,
		 "group whose members may read, outside of containers: 0 to 2147483647, 0: none (0)");

static const struct ptop_mode mode_mode = { "mode", &mode };
module_param_cb(mode, &ptop_mode_ops, (void *)&mode_mode, 0444);
MODULE_PARM_DESC(mode,
		 "mode of the /proc files, octal: 0400 to 0666; it can only keep out (0666)");

#define PTOP_THREADS_DEFAULT 65536	/* all CPUs together, at most */

/*
 * Defaults by the number of CPUs, as memory is taken for each: 4 MiB for a
 * single one, 200 MB for 256.
 */
static void ptop_params_scale(u32 cpus)
{
	if (!max_stacks)
		max_stacks = cpus <= 4 ? 4096 : cpus <= 32 ? 2048 : 1024;
	if (!max_sleeps)
		max_sleeps = cpus <= 4 ? 2816 : cpus <= 32 ? 2048 : 1024;
	if (!max_pids)
		max_pids = cpus <= 4 ? 2048 : 1024;
	if (!max_threads)
		max_threads = clamp(PTOP_THREADS_DEFAULT / cpus, 64U,
				    cpus <= 4 ? 2048U : 1024U);
}

struct ptop_recording_config ptop_params_account(void)
{
	u32 cpus = num_online_cpus();

	ptop_params_scale(cpus);
	return (struct ptop_recording_config) {
		.stack.depth = depth,
		.stack.user_depth = user_depth,
		.stack.kernel = stacks != PTOP_TAKE_USER,
		.stack.user = stacks != PTOP_TAKE_KERNEL,
		.max_stacks = max_stacks,
		.max_pids = max_pids,
		.max_sleeps = max_sleeps,
		.max_threads = max_threads,
		.hint_bits = cpus <= 4 ? 11 : cpus <= 32 ? 10 :
			     cpus <= 128 ? 8 : 7,
		.prev_is_current = ptop_hook_prev_is_current(hook),
		.budget = &budget,
		.stop = &stop,
		.verify = &verify_stacks,
	};
}

struct ptop_proc_config ptop_params_view(void)
{
	return (struct ptop_proc_config) {
		.top = &top,
		.idle = &idle,
		.hrtimer = hrtimer,
		.sleepers = &sleepers,
		.sum = &sum,
		.mode = mode,
		.gid = KGIDT_INIT(gid),
		.stacks = stacks_names[stacks],
		.depth = depth,
		.user_depth = user_depth,
		.budget = &budget,
		.stop = &stop,
		.verify = &verify_stacks,
	};
}

struct ptop_stream_config ptop_params_stream(void)
{
	return (struct ptop_stream_config) {
		.events = events,
		.mode = mode,
		.gid = KGIDT_INIT(gid),
	};
}

struct ptop_record_config ptop_params_record(void)
{
	return (struct ptop_record_config) {
		.budget = &budget,
	};
}

enum ptop_hook ptop_params_hook(void)
{
	return hook;
}

bool ptop_params_hrtimer(void)
{
	return hrtimer;
}

u32 ptop_params_unwind(void)
{
	return unwind_mb;
}

u32 ptop_params_targets(void)
{
	return targets;
}

u32 ptop_params_events(void)
{
	return events;
}

kgid_t ptop_params_gid(void)
{
	return KGIDT_INIT(gid);
}
