#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: seeds_perfmap.py FOLDER: where fuzzing of maps of JIT compilers begins (make fuzz-perfmap)."""
import os
import sys

SEEDS = (b'10 10 one\n20 10 two\n', b'10 10 one\n10 10 two\n10 10 one\n', b'0x7f0012345000 0x20 LazyCompile:*f /x.js:1:2\n',
         b'10 20 a\n18 4 a\n20 20 b\n', b'ffffffffffffffff 1 x\nfffffffffffffff0 f y\nfffffffffffffff0 10 z\n',
         b'1 0 none\n\n1 2\n1 2 \nx y z\n12345678901234567 1 long\n', b'10 10 a\0b\n10 10 no end', b'30 1 ' + b'n' * 4096 + b'\n',
         b''.join(b'%x %x f%d\n' % (i * 7 % 64, i % 9 + 1, i % 4) for i in range(64)))
os.makedirs(sys.argv[1], exist_ok=True)
for i, seed in enumerate(SEEDS):
    with open(os.path.join(sys.argv[1], str(i)), 'wb') as f:
        f.write(seed)
