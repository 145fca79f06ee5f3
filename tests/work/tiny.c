// SPDX-License-Identifier: GPL-2.0-only
/* tiny: does nothing. */
int main(void)
{
	return 0;
}
