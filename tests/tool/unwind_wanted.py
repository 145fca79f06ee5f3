#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: unwind_wanted.py OUT CONTENT PID FILE: what the module says of a file that PID has mapped and whose table it
wants (struct perftop_unwind_wanted). Options before: --build-id=HEX instead of the file's own; --identity: which file it
is, instead; --identity=FIELD: but for that; --path=PATH: under that path; --range=BEGIN-END: a mapping that isn't there;
--vdso: that instead of a file."""
import fcntl
import os
import struct
import sys

from symbols_elf import build_id


def mapping(pid, name):
    """Range, offset, device and inode of its code."""
    with open(f'/proc/{pid}/maps', encoding='utf8') as maps:
        for line in maps:
            part = line.rstrip('\n').split(None, 5)
            if len(part) == 6 and part[5].removesuffix(' (deleted)') == name and 'x' in part[1]:
                begin, end = (int(n, 16) for n in part[0].split('-'))
                return begin, end, int(part[2], 16), [int(n, 16) for n in part[3].split(':')], int(part[4])
    sys.exit(f'{pid} has no {name}')


def generation(path):
    with open(path, 'rb') as f:
        try:
            return struct.unpack('<I', fcntl.ioctl(f, 0x80087601, bytes(8))[:4])[0]
        except OSError:
            return 12345


options = dict((a[2:] + '=').split('=')[:2] for a in sys.argv[1:] if a.startswith('--'))
out, content, pid, path = [a for a in sys.argv[1:] if not a.startswith('--')]
vdso = 'vdso' in options
name = '[vdso]' if vdso else os.path.realpath(path)
begin, end, offset, device, inode = mapping(pid, name)
if 'range' in options:
    begin, end = (int(n, 16) for n in options['range'].split('-'))
of = {'known': 0, 'inode': 0, 'size': 0, 'ctime': 0, 'ctime_ns': 0, 'generation': 0, 'major': 0, 'minor': 0}
which = b''
if 'identity' in options:
    st = os.stat(path)
    of = {'known': 1, 'inode': inode, 'size': st.st_size, 'ctime': st.st_ctime_ns // 10**9, 'ctime_ns': st.st_ctime_ns % 10**9,
          'generation': generation(path), 'major': device[0], 'minor': device[1]}
    if options['identity']:
        of[options['identity']] += 1
elif not vdso:
    which = bytes.fromhex(options['build-id']) if 'build-id' in options else build_id(path)
with open(out, 'wb') as f:
    f.write(struct.pack('<QQQQIIBBBB20sQQQIIII128s', int(content), begin, end, offset, int(pid), int(vdso), len(which), 0,
                        of['known'], 0, which, of['inode'], of['size'], of['ctime'], of['ctime_ns'], of['generation'],
                        of['major'], of['minor'], options.get('path', name).encode()))
