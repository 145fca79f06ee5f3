// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz): a file of any bytes is read, put together as
 * all views do, compared with itself and with a part of it, and freed.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/cgroup_rows.h"
#include "model/offcpu_rows.h"
#include "model/stack_ids.h"
#include "model/stack_rows.h"
#include "output/show.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* What the views print is of no interest, but that they do. */
	out->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return 0;
}

static void fuzz_views(const struct model *m)
{
	struct frametext stacks;
	struct stack_rows rows;
	struct offcpu_rows lat;
	struct cgroup_rows cgroups;
	u32 *pids, pid[STACK_ROW_PIDS], i;
	bool more;

	show_stacks_init(&stacks, m, NULL);
	show_head(m);
	show_user(m);
	stack_rows_make(&rows, m);
	for (i = 0; i < rows.nr; i++) {
		stack_row_pids(m, &rows.row[i], pid, &more);
		show_name(m, stack_row_comm(m, &rows.row[i]));
		show_stacks(&stacks, rows.row[i].stack);
	}
	stack_rows_free(&rows);
	for (i = OFFCPU_THREADS; i <= OFFCPU_CGROUPS; i++) {
		u32 k;

		offcpu_rows_make(&lat, m, i);
		for (k = 0; k < lat.nr; k++) {
			show_name(m, lat.row[k].comm);
			show_cgroup(m, lat.row[k].cgroup);
			show_stacks(&stacks, lat.row[k].stack);
		}
		offcpu_rows_free(&lat);
	}
	pids = thread_rows_make(m);
	thread_rows_free(pids);
	for (i = CGROUPS_BY_STACKS; i <= CGROUPS_BY_THREADS; i++) {
		u32 k;

		cgroup_rows_make(&cgroups, m, i);
		for (k = 0; k < cgroups.nr; k++)
			show_cgroup_path(m, cgroups.row[k].cgroup);
		cgroup_rows_free(&cgroups);
	}
	frametext_free(&stacks);
	text_flush(out);
}

static struct model *fuzz_read(const u8 *data, size_t bytes)
{
	struct reader r;
	struct model *m, *next;

	reader_init_memory(&r, data, bytes);
	m = model_read(&r);
	/* As input_last() does. */
	while (m && (next = model_read(&r))) {
		model_free(m);
		m = next;
	}
	if (!m && !r.error[0] && bytes)
		abort();
	reader_destroy(&r);
	return m;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct model *m = fuzz_read(data, bytes), *difference;

	if (!m)
		return 0;
	fuzz_views(m);
	difference = model_difference(m, m);
	fuzz_views(difference);
	model_keep(difference, "[!a-m]*");
	fuzz_views(difference);
	model_free(difference);
	model_free(m);
	return 0;
}
