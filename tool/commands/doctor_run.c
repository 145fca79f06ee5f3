// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/doctor.h"
#include "lib/tool.h"
#include "model/reader.h"

/* ---- what keeps it from being loaded */

/* What the administrator has chosen, as systemd/unit reads it; NULL: something else. */
static const char *doc_guard_mode(void)
{
	static const char *const mode[] = { "any", "panic", "off" };
	char text[SYSFILES_TEXT], word[SYSFILES_TEXT];
	char *line, *rest, *to = word;

	sysfiles_read(sysfiles_path("/etc/perftop/guard.conf"), text);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t\r");
		if (*line == '#')
			continue;
		for (; *line; line++)
			if (!strchr(" \t\r\"'", *line))
				*to++ = *line;
	}
	*to = '\0';
	if (!*word)
		return mode[0];
	for (size_t i = 0; i < ARRAY_SIZE(mode); i++)
		if (!strncmp(word, "CRASH_GUARD=", 12) && !strcmp(word + 12, mode[i]))
			return mode[i];
	return NULL;
}

/* What systemd/unit has noted in its mark when it refused. Returns whether we could see that. */
static bool doc_guard(void)
{
	const char *mark = sysfiles_path("/var/lib/perftop/loaded");
	const char *mode = doc_guard_mode();
	char text[SYSFILES_TEXT], *why;

	if (!mode) {
		doc_say(NOTE, "crash guard", "/etc/perftop/guard.conf: accepted are CRASH_GUARD=off, panic and any; it is taken for any");
		doc_do("mend that line; perftop(4) has what they mean");
	} else if (!strcmp(mode, "off")) {
		doc_say(OK, "crash guard", "is off, by /etc/perftop/guard.conf");
		return true;
	}
	if (!access(mark, F_OK) && access(mark, R_OK)) {
		doc_say(UNSURE, "crash guard", "only root can see whether it keeps perftop from being loaded at boot");
		return false;
	}
	sysfiles_read(mark, text);
	why = strstr(text, "\nrefused ");
	if (!why)
		return true;
	why += strlen("\nrefused ");
	why[strcspn(why, "\n")] = '\0';
	doc_say(doc_hinders(), "crash guard", "not loaded at boot: %s", why);
	doc_do("systemctl start perftop forgives that, and loads it at the next boot, too; if it was perftop, tell us");
	return true;
}

void doc_switches(void)
{
	char text[SYSFILES_TEXT];
	int off = doc.wrong + doc.notes;

	if (sysfiles_read(sysfiles_path("/proc/cmdline"), text) > 0 &&
	    sysfiles_has_word(text, "perftop.disable")) {
		doc_say(doc_hinders(), "switched off", "perftop.disable is on the kernel's command line");
		doc_do("take it out there (/etc/default/grub), and boot");
	}
	if (doc_blacklisted(text)) {
		doc_say(doc_hinders(), "switched off", "%s is on the kernel's command line", text);
		doc_do("take perftop out of it (/etc/default/grub), and boot");
	}
	if (!access(sysfiles_path("/etc/perftop/disabled"), F_OK)) {
		doc_say(doc_hinders(), "switched off", "there is a file /etc/perftop/disabled");
		doc_do("rm /etc/perftop/disabled");
	}
	if (doc_modprobe_forbids(text)) {
		doc_say(doc_hinders(), "switched off", "%s", text);
		doc_do("see why somebody has put that line there; without it modprobe loads perftop");
	}
	if (sysfiles_read(sysfiles_path("/proc/sys/kernel/modules_disabled"), text) > 0 &&
	    text[0] == '1' && !doc.loaded[0]) {
		bool told = doc_modules_disabled_by(text);

		doc_say(doc_hinders(), "switched off", "kernel.modules_disabled: no module can be loaded until the next boot%s%s",
			told ? "; " : "", told ? text : "");
		doc_do("load perftop before that is set");
	}
	if (doc_guard() && off == doc.wrong + doc.notes)
		doc_say(OK, "switches", "nothing forbids to load it");
}

/* Does a configuration say so? */
static bool doc_tracepoint(void)
{
	char text[SYSFILES_TEXT];
	glob_t conf;
	size_t i;
	char *line, *next;
	bool is = false;

	if (doc.loaded[0] &&
	    sysfiles_read(sysfiles_path("/sys/module/perftop/parameters/hook"), text) > 0)
		return !strcmp(text, "tracepoint");
	if (glob(sysfiles_path("/etc/modprobe.d/*.conf"), 0, NULL, &conf))
		return false;
	for (i = 0; i < conf.gl_pathc; i++) {
		if (sysfiles_read(conf.gl_pathv[i], text) <= 0)
			continue;
		for (line = text; line; line = next) {
			next = strchr(line, '\n');
			if (next)
				*next++ = '\0';
			if (!strncmp(line, "options", 7) && sysfiles_has_word(line, "perftop") &&
			    strstr(line, "hook="))
				is = sysfiles_has_word(line, "hook=tracepoint");
		}
	}
	globfree(&conf);
	return is;
}

/* A symbol of the kernel that is @name, or a clone that a compiler made. */
static bool doc_symbol(const char *name, char *found, size_t size)
{
	FILE *f = fopen(sysfiles_path("/proc/kallsyms"), "re");
	size_t len = strlen(name);
	char line[512], symbol[256];
	bool is = false;

	while (f && !is && fgets(line, sizeof(line), f)) {
		/* One of a module has its name behind a tab. */
		if (sscanf(line, "%*s %*s %255s", symbol) != 1 || strchr(line, '['))
			continue;
		is = !strncmp(symbol, name, len) &&
		     (!symbol[len] || !strncmp(symbol + len, ".isra.", 6) ||
		      !strncmp(symbol + len, ".constprop.", 11));
	}
	if (is)
		snprintf(found, size, "%s", symbol);
	if (f)
		fclose(f);
	return is;
}

void doc_hook(void)
{
	bool tracepoint = doc_tracepoint();
	char symbol[256], text[SYSFILES_TEXT];

	if (access(sysfiles_path("/proc/kallsyms"), R_OK)) {
		doc_say(UNSURE, "hook", "/proc/kallsyms can't be read: %s", strerror(errno));
	} else if (doc_symbol(tracepoint ? "__tracepoint_sched_switch" : "finish_task_switch",
			      symbol, sizeof(symbol))) {
		doc_say(OK, "hook", "%s %s", tracepoint ? "tracepoint" : "kprobe",
			tracepoint ? "sched_switch" : symbol);
	} else {
		doc_say(doc_hinders(), "hook", "this kernel has no %s",
			tracepoint ? "tracepoint sched_switch" : "function finish_task_switch");
		doc_do(tracepoint ? "perftop can't work here; please tell us the kernel" :
		       "try \"options perftop hook=tracepoint\" in /etc/modprobe.d/perftop.conf, and tell us the kernel");
	}
	if (!tracepoint && sysfiles_read(sysfiles_path("/sys/kernel/debug/kprobes/enabled"), text) > 0 &&
	    text[0] == '0') {
		doc_say(WRONG, "hook", "kprobes are switched off");
		doc_do("echo 1 > /sys/kernel/debug/kprobes/enabled");
	}
	if (!tracepoint && sysfiles_read(sysfiles_path("/proc/sys/kernel/ftrace_enabled"), text) > 0 &&
	    text[0] == '0') {
		doc_say(WRONG, "hook", "kernel.ftrace_enabled is 0, and kprobes may be planted by ftrace");
		doc_do("sysctl kernel.ftrace_enabled=1, or use hook=tracepoint");
	}
}

/* ---- loaded, and readable */

void doc_look_loaded(void)
{
	char text[SYSFILES_TEXT];

	if (sysfiles_read(sysfiles_path("/sys/module/perftop/version"), text) > 0)
		snprintf(doc.loaded, sizeof(doc.loaded), "%.63s", text);
}

void doc_loaded(void)
{
	if (!doc.loaded[0]) {
		doc_say(WRONG, "loaded", "the module isn't");
		doc_do("systemctl start perftop (and enable, to load it at each boot), when all the rest is well");
	} else if (doc.built[0] && strcmp(doc.loaded, doc.built)) {
		doc_say(NOTE, "loaded", "version %s is loaded, but %s is installed",
			doc.loaded, doc.built);
		doc_do("systemctl restart perftop");
	} else {
		doc_say(OK, "loaded", "version %s", doc.loaded);
	}
}

/* Of the machine's systemd, so not of another root. */
void doc_unit(void)
{
	const char *const show[] = { "systemctl", "show", "-p", "ActiveState",
				     "-p", "Result", "perftop.service", NULL };
	const char *const journal[] = { "journalctl", "-q", "-n", "3", "-o", "cat",
					"-t", "perftop", NULL };
	char text[SYSFILES_TEXT], log[SYSFILES_TEXT], *line;

	if (!sysfiles_is_local() || sysfiles_run(text, show) || !*text) {
		doc_say(UNSURE, "unit", "systemd can't be asked");
		return;
	}
	if (!sysfiles_has_word(text, "ActiveState=failed")) {
		doc_say(OK, "unit", "perftop.service is %s",
			sysfiles_has_word(text, "ActiveState=active") ? "active" : "not active, and has not failed");
		return;
	}
	sysfiles_run(log, journal);
	line = strrchr(log, '\n');
	line = line ? line + 1 : log;
	doc_say(doc_hinders(), "unit", "perftop.service has failed%s%s", *line ? ": " : "", line);
	doc_do("journalctl -u perftop, then systemctl start perftop");
}

/* The group of the device by its number, in the root's own /etc/group. */
static void doc_group_name(gid_t gid, char *name, size_t size)
{
	FILE *f = fopen(sysfiles_path("/etc/group"), "re");
	struct group *g;

	snprintf(name, size, "%u", gid);
	while (f && (g = fgetgrent(f)))
		if (g->gr_gid == gid) {
			snprintf(name, size, "%s", g->gr_name);
			break;
		}
	if (f)
		fclose(f);
}

/* As open() decides: its mode says that a container's root may, who may not. */
static bool doc_may_read(const char *path)
{
	int fd;

	if (!sysfiles_is_local())
		return !access(path, R_OK);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void doc_device(void)
{
	const char *path = sysfiles_path("/dev/perftop");
	char group[64];
	struct stat st;
	bool may;
	int err;

	if (stat(path, &st)) {
		doc_say(doc.loaded[0] ? WRONG : UNSURE, "device", "there is no /dev/perftop%s",
			doc.loaded[0] ? ", though the module is loaded" : " before the module is loaded");
		if (doc.loaded[0])
			doc_do("see whether /dev is a devtmpfs (containers have their own), and udev runs");
		return;
	}
	if (!S_ISCHR(st.st_mode)) {
		doc_say(WRONG, "device", "/dev/perftop is not a device");
		doc_do("remove it, and load the module anew");
		return;
	}
	doc_group_name(st.st_gid, group, sizeof(group));
	may = doc_may_read(path);
	err = errno;
	if (st.st_mode & 0007) {
		doc_say(NOTE, "device", "the mode of /dev/perftop (%04o) lets everybody try to open it; the module asks for more",
			st.st_mode & 07777);
		doc_do("see what changes it: udev rules, chmod; 0640 is right");
	}
	if (strcmp(group, "perftop")) {
		doc_say(may ? NOTE : WRONG, "device",
			"/dev/perftop belongs to the group %s, not to perftop%s", group,
			may ? "; you may read it" : "");
		doc_do("udevadm trigger --name-match=perftop; the rule is 60-perftop.rules of perftop-dkms");
	} else if (!may) {
		doc_say(WRONG, "device", "you may not read /dev/perftop: %s (mode %04o, group %s)",
			strerror(err), st.st_mode & 07777, group);
		doc_do("become a member: usermod -aG %s NAME, as root; then log in anew; in a container it takes CAP_PERFMON", group);
	} else {
		doc_say(OK, "device", "/dev/perftop: mode %04o, group %s, and you may read it",
			st.st_mode & 07777, group);
	}
}

static void doc_state(const struct perftop_head *h)
{
	u32 flags = le32toh(h->flags);

	if (flags & PERFTOP_BLIND) {
		doc_say(WRONG, "state", "the hook is not called: times are wrong");
		doc_do("see what switches it off: kprobes, ftrace, a live patch; or use hook=tracepoint");
	} else if (flags & PERFTOP_PAUSED) {
		doc_say(NOTE, "state", "recording is paused");
		doc_do("perftop resume");
	} else {
		doc_say(OK, "state", "recording");
	}
	if (flags & PERFTOP_SCHEDULED) {
		doc_say(NOTE, "times", "begin where the scheduler's do: perftop verify is at work, or was killed");
		doc_do("echo 0 > /sys/module/perftop/parameters/verify_times, if it isn't");
	}
	if (flags & PERFTOP_UNSTABLE) {
		doc_say(WRONG, "clock", "the kernel doesn't trust %.*s: times may be wrong",
			(int)sizeof(h->clock), h->clock);
		doc_do("see why: dmesg | grep -i unstable; firmware and hypervisors have settings for it");
	} else {
		doc_say(OK, "clock", "%.*s", (int)sizeof(h->clock), h->clock);
	}
	doc_followed(flags & PERFTOP_CGROUPS);
}

/* What the device says, so of this machine. */
void doc_records(void)
{
	const struct perftop_head *head;
	struct reader r;
	u32 flags;
	int fd;

	if (!doc.loaded[0])
		return;
	fd = sysfiles_is_local() ? open("/dev/perftop", O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0) {
		doc_say(UNSURE, "state", "the device can't be asked");
		return;
	}
	reader_init_fd(&r, fd);
	head = (const void *)reader_next(&r);
	if (head && le32toh(head->rec.type) == PERFTOP_HEAD) {
		flags = le32toh(head->flags);
		doc_state(head);
		if (flags & PERFTOP_USER_STACKS)
			doc_stacks(&r);
	} else {
		doc_say(UNSURE, "state", "the device doesn't tell: %s", r.error);
	}
	reader_destroy(&r);
	close(fd);
}
