#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: stuck.py FOLDER READY ASKED: mount a file system (FUSE) there. It has any file, and whoever opens one waits
until this program ends. READY is made when it's there; ASKED at the first open(). Exit status 77: there is no FUSE."""
import ctypes
import os
import stat
import struct
import sys

INIT, LOOKUP, FORGET, GETATTR, OPEN, INTERRUPT, BATCH_FORGET = 26, 1, 2, 3, 14, 36, 42
folder, ready, asked = sys.argv[1:]


def attr(node):
    mode = stat.S_IFDIR | 0o755 if node == 1 else stat.S_IFREG | 0o755
    return struct.pack('<6Q10I', node, 4096, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def reply(opcode, node):
    """What follows the head, or an errno."""
    if opcode == INIT:
        return struct.pack('<4I2H2I2H8I', 7, 31, 0, 0, 0, 0, 65536, 1, 1, 0, *[0] * 8)
    if opcode == LOOKUP:
        return struct.pack('<4Q2I', 2, 0, 1000, 1000, 0, 0) + attr(2)
    if opcode == GETATTR:
        return struct.pack('<QII', 1000, 0, 0) + attr(node)
    return 38


try:
    fd = os.open('/dev/fuse', os.O_RDWR)
except OSError:
    sys.exit(77)
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b'stuck', folder.encode(), b'fuse', 6, b'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd):
    sys.exit(77)
open(ready, 'w', encoding='utf8').close()
while True:
    request = os.read(fd, 1 << 17)
    _, opcode, unique, node = struct.unpack_from('<IIQQ', request)
    if opcode == OPEN:
        open(asked, 'w', encoding='utf8').close()
    if opcode in (OPEN, FORGET, INTERRUPT, BATCH_FORGET):
        continue
    body = reply(opcode, node)
    if isinstance(body, int):
        os.write(fd, struct.pack('<IiQ', 16, -body, unique))
    else:
        os.write(fd, struct.pack('<IiQ', 16 + len(body), 0, unique) + body)
