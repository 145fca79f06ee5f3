/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who isn't on a CPU now, and since when: the waits that are open at the
 * moment of a snapshot, which no table has yet. Process context, between
 * ptop_snap_begin() and ptop_snap_end().
 */
#ifndef PTOP_AWAY_H
#define PTOP_AWAY_H

#include "snapshot/snapshot.h"

struct ptop_away {
	struct ptop_wait *wait;	/* of different threads, by pid and start */
	u32 nr;
	u32 room;
	u32 unknown;		/* threads asleep, nobody knows since when */
};

/* Returns 0 or -ENOMEM. */
int ptop_away_init(struct ptop_away *away, const struct ptop_snap *snap);
void ptop_away_destroy(struct ptop_away *away);

/* Open sleeps whose places are looked at in one go. */
#define PTOP_PLACES 256

/* Where somebody sleeps. */
struct ptop_away_place {
	const struct ptop_wait *wait;	/* of this one, whose sleep isn't over */
	bool known;
	struct ptop_key key;
};

/*
 * Look where they do. Who was woken since the snapshot was taken has no place;
 * of who was woken just now, the user stack is missing.
 */
void ptop_away_places(struct ptop_away_place *place, u32 nr);

#endif
