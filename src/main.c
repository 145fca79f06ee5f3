// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop: where the CPU time of a machine goes, by stack and process, always
 * on. ARCHITECTURE.md describes it. Init is in the order of the data flow.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "compat.h"
#include "interface/access.h"
#include "interface/device.h"
#include "interface/events_file.h"
#include "interface/params.h"
#include "interface/proc_files.h"
#include "interface/records.h"
#include "probe/hook.h"
#include "recording/event_readers.h"
#include "recording/names.h"
#include "recording/recording.h"
#include "recording/target_set.h"
#include "recording/unwind_files.h"

static int __init ptop_init(void)
{
	const struct ptop_recording_config account = ptop_params_account();
	const struct ptop_proc_config view = ptop_params_view();
	const struct ptop_stream_config stream = ptop_params_stream();
	const struct ptop_record_config record = ptop_params_record();
	int err;

	if (!ptop_clock_khz()) {
		pr_err("this machine has no usable " PTOP_CLOCK_LONG "\n");
		return -ENODEV;
	}
	ptop_access_init(ptop_params_gid());
	err = ptop_names_init();
	if (err) {
		pr_err("no memory: %zu bytes asked for, for the names of mappings\n",
		       ptop_names_bytes());
		return err;
	}
	ptop_unwind_files_init(ptop_params_unwind());
	err = ptop_recording_init(&account, ptop_names_wake);
	if (err)
		goto destroy_names;
	err = ptop_target_init(ptop_params_targets());
	if (err)
		goto destroy_account;
	err = ptop_events_init(ptop_params_events());
	if (err)
		goto destroy_target;
	err = ptop_hook_plant(ptop_params_hook(), ptop_params_hrtimer());
	if (err)
		goto destroy_events;
	err = ptop_target_start();
	if (err)
		goto pull_hook;
	ptop_recording_start();
	err = ptop_proc_init(&view);
	if (err)
		goto stop_account;
	err = ptop_stream_init(&stream);
	if (err)
		goto exit_view;
	ptop_record_init(&record);
	err = ptop_device_init();
	if (err)
		goto exit_stream;
	return 0;

exit_stream:
	ptop_stream_exit();
exit_view:
	ptop_proc_exit();
stop_account:
	ptop_recording_stop();
	ptop_target_stop();
pull_hook:
	ptop_hook_pull();
	ptop_names_stop();
destroy_events:
	ptop_events_destroy();
destroy_target:
	ptop_target_destroy();
destroy_account:
	ptop_recording_destroy();
destroy_names:
	ptop_names_destroy();
	return err;
}
module_init(ptop_init);

static void __exit ptop_exit(void)
{
	ptop_device_exit();
	ptop_stream_exit();
	ptop_proc_exit();
	ptop_recording_stop();
	ptop_target_stop();
	ptop_hook_pull();
	ptop_names_stop();
	ptop_events_destroy();
	ptop_target_destroy();
	ptop_recording_destroy();
	ptop_unwind_files_destroy();
	ptop_names_destroy();
}
module_exit(ptop_exit);

MODULE_DESCRIPTION("Where the CPU time goes, by stack, from inside the scheduler");
MODULE_AUTHOR("The perftop authors");
MODULE_VERSION(PTOP_VERSION);
MODULE_LICENSE("GPL");
