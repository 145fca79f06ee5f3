// SPDX-License-Identifier: GPL-2.0-only
/* Names, one a line: prints what each stands for, or "-". With sanitizers, or for libFuzzer (-DFUZZ). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/rustname.h"

#ifdef FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char *const prefix[] = { "", "_R", "_ZN", "_RN" };
	char name[2 * RUSTNAME_MAX] = "", plain[RUSTNAME_MAX];

	if (!bytes || bytes > RUSTNAME_MAX + 8)
		return 0;
	strcpy(name, prefix[*data % 4]);
	strncat(name, (const char *)data + 1, bytes - 1);
	if (rustname(name, plain) && (strlen(plain) >= RUSTNAME_MAX || !*plain))
		abort();
	return 0;
}
#else
int main(void)
{
	char name[1 << 16], plain[RUSTNAME_MAX];

	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		puts(rustname(name, plain) ? plain : "-");
	}
	return 0;
}
#endif
