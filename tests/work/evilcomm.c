// SPDX-License-Identifier: GPL-2.0-only
/* evilcomm: processes with hostile names that nap; prints "PID NAME-AS-IT-MUST-BE-SHOWN" for each, then it is ready. */
#include "work.h"

/* No name begins or ends with a blank: columns are separated by them. */
static const char *const names[] = {
	"a\nb", "\n 1 deadbeef 9", "\033[2Jx", "%s%n%p%x", "semi;colon", "back\\slash", "\\x41", "na\xc3\xafve", "\xff\xfe\x80\x01", "tab\there",
	"cr\rx", "two  blanks", "#comment", "k fake+0x1/0x2", "\x7f""del", "-",
};

static void show(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || *s == '\\' || *s == ';')
			printf("\\x%02x", (unsigned char)*s);
		else
			putchar(*s);
	putchar('\n');
}

int main(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid_t pid;

		fflush(stdout);
		pid = spawn();
		if (!pid) {
			not_ready();
			set_comm(names[i]);
			for (;;) {
				nap_ns(25 * MSEC);
				burn(CLOCK_MONOTONIC, MSEC / 2);
			}
		}
		printf("%d ", pid);
		show(names[i]);
	}
	fflush(stdout);
	ready();
	block();
}
