#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: seeds_index.py FOLDER: right files of the index of symbols (tool/symbols/index.c) for the fuzzer, but for their sums."""
import os
import struct
import sys


def index(symbols, segments=((0, 4096, 0x1000),)):
    rows = names = b''
    for addr, size, name, rank in symbols:
        rows += struct.pack('=QQII', addr, size, len(names), rank)
        names += name + b'\0'
    return struct.pack('=QQ20sI40xIIQ', 0x31786469706f7470, 0, b'abcd', 4, len(segments), len(symbols), len(names)) + \
        b''.join(struct.pack('=QQQ', *s) for s in segments) + rows + names


os.makedirs(sys.argv[1], exist_ok=True)
for n, seed in enumerate((index(()), index(((0x1000, 16, b'a', 2), (0x1008, 4, b'b', 0), (0x1008, 8, b'_ZN1aEv', 1))),
                          index(((0, 1 << 40, b'whole', 2), (0x1800, 1, b'x', 0)), ((0, 64, 0x1800), (64, 64, 0))))):
    with open('%s/%d' % (sys.argv[1], n), 'wb') as f:
        f.write(seed)
