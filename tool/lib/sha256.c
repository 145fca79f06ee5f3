// SPDX-License-Identifier: GPL-2.0-only
/* FIPS 180-4. */
#include <endian.h>
#include <string.h>

#include "lib/sha256.h"

#define SHA256_BLOCK 64

static const u32 sha256_first[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
	0x1f83d9ab, 0x5be0cd19,
};

static const u32 sha256_round[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotr(u32 x, int bits)
{
	return x >> bits | x << (32 - bits);
}

/* The words of a block, and what follows of them. */
static void sha256_words(u32 w[64], const u8 *block)
{
	u32 i;

	memcpy(w, block, SHA256_BLOCK);
	for (i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (; i < 64; i++) {
		u32 a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		       (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) +
		       (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
	}
}

static void sha256_block(u32 h[8], const u8 *block)
{
	u32 w[64], v[8], i;

	sha256_words(w, block);
	memcpy(v, h, sizeof(v));
	for (i = 0; i < 64; i++) {
		u32 a = v[0], e = v[4];
		u32 one = v[7] + sha256_round[i] + w[i] +
			  (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
			  ((e & v[5]) ^ (~e & v[6]));
		u32 two = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) +
			  ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += one;
		v[0] = one + two;
	}
	for (i = 0; i < 8; i++)
		h[i] += v[i];
}

void sha256(const void *data, size_t bytes, u8 digest[SHA256_BYTES])
{
	u8 last[2 * SHA256_BLOCK] = { 0 };
	size_t rest = bytes % SHA256_BLOCK, end;
	const u64 bits = htobe64((u64)bytes * 8);
	const u8 *p = data;
	u32 h[8], i;

	memcpy(h, sha256_first, sizeof(h));
	for (; p < (const u8 *)data + bytes - rest; p += SHA256_BLOCK)
		sha256_block(h, p);
	if (rest)
		memcpy(last, p, rest);
	last[rest] = 0x80;
	end = rest < SHA256_BLOCK - 8 ? SHA256_BLOCK : 2 * SHA256_BLOCK;
	memcpy(last + end - sizeof(bits), &bits, sizeof(bits));
	for (i = 0; i < end; i += SHA256_BLOCK)
		sha256_block(h, last + i);
	for (i = 0; i < 8; i++) {
		const u32 word = htobe32(h[i]);

		memcpy(digest + 4 * i, &word, sizeof(word));
	}
}
