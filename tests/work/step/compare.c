// SPDX-License-Identifier: GPL-2.0-only
/* Whether two stacks are one, and what all of them come to. */
#include "step.h"

enum verdict { EQUAL, CUT, NO_CFI, BEYOND, GUESSED, MISSING, NOWHERE, WRONG, VERDICTS };

static const char * const verdict_name[VERDICTS] = {
	"equal", "shorter, marked as cut", "cut where there is no CFI, or it is wrong", "goes on where libdw has given up", "differ where libdw guesses",
	"frames are missing in between", "in no code", "WRONG"
};

/* A place where something other than "equal" was found, by its last equal frame. */
struct place {
	enum verdict verdict;
	char name[512];
	long count;
};

static struct place *place;
static unsigned int nr_places;
static long count[VERDICTS], shown;

#define SHOW 50	/* in full */

/* Is that the first one in this function, or where names are missing in these 64 bytes? */
static bool first_of(enum verdict verdict, uint64_t at, const struct step_maps *maps, const char *why)
{
	const struct step_map *map = step_maps_find(maps, at);
	uint64_t offset = map ? at - map->begin + map->offset : at;
	struct place p = { .verdict = verdict, .count = 1 };
	const char *name = step_libdw_name(at);

	if (name)
		snprintf(p.name, sizeof(p.name), "%s%s%s", name, why ? ": " : "", why ? why : "");
	else
		snprintf(p.name, sizeof(p.name), "%s+%#lx%s%s", map ? map->path : "?", offset & ~63ul, why ? ": " : "", why ? why : "");
	for (unsigned int i = 0; i < nr_places; i++) {
		if (place[i].verdict == verdict && !strcmp(place[i].name, p.name)) {
			place[i].count++;
			return false;
		}
	}
	place = realloc(place, (nr_places + 1) * sizeof(p));
	place[nr_places++] = p;
	return true;
}

/* Is each frame one of libdw's, in their order? */
static bool among(const struct step_stack *want, const struct step_stack *got)
{
	unsigned int i = 0;

	for (unsigned int j = 0; j < got->nr; j++, i++) {
		while (i < want->nr && want->pc[i] != got->pc[j])
			i++;
		if (i == want->nr)
			return false;
	}
	return true;
}

/* SAME frames are equal, and then the two differ, or one of them has no more. */
static enum verdict judge(const struct step_stack *want, const struct step_stack *got, const struct step_maps *maps, unsigned int same)
{
	/* libdw may say the same of it. */
	for (unsigned int i = 1; i < got->nr; i++)
		if (!step_maps_find(maps, got->pc[i] - 1))
			return NOWHERE;
	if (same == got->nr && same == want->nr && (want->cut == got->cut || want->cut))
		return EQUAL;
	if (same == got->nr && got->cut)
		return want->cut || (same && want->guessed[same - 1]) || (same < want->nr && !step_maps_find(maps, want->pc[same] - 1)) ? NO_CFI : CUT;
	if (same == want->nr && want->cut)
		return BEYOND;
	/* How libdw came to the first frame that isn't equal. */
	if (same && same < want->nr && want->guessed[same - 1])
		return GUESSED;
	return among(want, got) ? MISSING : WRONG;
}

void step_compare(const struct step_stack *want, const struct step_stack *got, const struct step_maps *maps, const char *feature,
		  bool verbose)
{
	unsigned int same = 0;
	enum verdict verdict;
	uint64_t at;

	while (same < want->nr && same < got->nr && want->pc[same] == got->pc[same])
		same++;
	verdict = judge(want, got, maps, same);
	count[verdict]++;
	if (verdict == EQUAL)
		return;
	at = same ? want->pc[same - 1] - (same > 1) : want->pc[0];
	if (!first_of(verdict, at, maps, verdict == CUT || verdict == NO_CFI ? got->why : want->why))
		return;
	if ((verbose || verdict >= GUESSED) && shown++ < SHOW) {
		printf("# %s, in \"%s\", after %u frames\n#   libdw:\n", verdict_name[verdict], feature, same);
		step_libdw_print(want, maps);
		printf("#   the walk:\n");
		step_libdw_print(got, maps);
	}
}

bool step_summary(double percent, bool may_miss)
{
	long all = 0, known, whole = count[EQUAL] + count[BEYOND] + count[GUESSED];

	for (int i = 0; i < VERDICTS; i++)
		all += count[i];
	known = all - count[NO_CFI];
	for (int i = 0; i < VERDICTS; i++) {
		printf("%ld %s\n", count[i], verdict_name[i]);
		for (unsigned int j = 0; j < nr_places; j++)
			if (place[j].verdict == (enum verdict)i)
				printf("# %ld in %s\n", place[j].count, place[j].name);
	}
	printf("%ld stops, %.2f %% of those with CFI whole\n", all, known ? 100.0 * whole / known : 0);
	return known && !count[WRONG] && !count[NOWHERE] && (may_miss || !count[MISSING]) && 100.0 * whole >= percent * known;
}
