// SPDX-License-Identifier: GPL-2.0-only
#include "step.h"

static char *maps_text(pid_t pid)
{
	size_t size = 0, room = 65536;
	char path[64], *text = malloc(room);
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die("%s", path);
	while ((n = read(fd, text + size, room - size - 1)) > 0) {
		size += n;
		if (room - size < 4096)
			text = realloc(text, room *= 2);
	}
	close(fd);
	text[size] = 0;
	return text;
}

bool step_maps_read(struct step_maps *maps, pid_t pid)
{
	char *text = maps_text(pid), *line, *next;

	if (maps->text && maps->pid == pid && !strcmp(text, maps->text)) {
		free(text);
		return false;
	}
	free(maps->text);
	maps->text = text;
	maps->pid = pid;
	maps->nr = 0;
	for (line = text; *line; line = next) {
		struct step_map m = { 0 };
		char rights[8];

		next = strchrnul(line, '\n');
		next += *next == '\n';
		if (sscanf(line, "%lx-%lx %7s %lx %*x:%*x %*u%*[ ]%255[^\n]", &m.begin, &m.end, rights, &m.offset, m.path) < 4)
			wrong("maps of %d: %s", pid, line);
		m.exec = rights[2] == 'x';
		maps->map = realloc(maps->map, (maps->nr + 1) * sizeof(m));
		maps->map[maps->nr++] = m;
	}
	return true;
}

const struct step_map *step_maps_find(const struct step_maps *maps, uint64_t addr)
{
	for (unsigned int i = 0; i < maps->nr; i++)
		if (maps->map[i].exec && addr >= maps->map[i].begin && addr < maps->map[i].end)
			return &maps->map[i];
	return NULL;
}
