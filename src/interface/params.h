/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's parameters, as configuration of each part at load. Values that
 * may change later are passed as pointers. man/perftop.4 describes them.
 */
#ifndef PTOP_PARAMS_H
#define PTOP_PARAMS_H

#include <linux/types.h>
#include <linux/uidgid.h>

#include "interface/events_file.h"
#include "interface/proc_files.h"
#include "interface/records.h"
#include "probe/hook.h"
#include "recording/recording.h"

struct ptop_recording_config ptop_params_account(void);
struct ptop_proc_config ptop_params_view(void);
struct ptop_stream_config ptop_params_stream(void);
struct ptop_record_config ptop_params_record(void);
enum ptop_hook ptop_params_hook(void);
bool ptop_params_hrtimer(void);
/* Room for processes that match the target. */
/* MiB of unwind tables, at most. */
u32 ptop_params_unwind(void);
u32 ptop_params_targets(void);
/* Events of each CPU's ring; 0: no events. */
u32 ptop_params_events(void);
kgid_t ptop_params_gid(void);

#endif
