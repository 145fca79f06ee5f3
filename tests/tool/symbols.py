#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: symbols.py OUT FILE SYMBOL[+N] ...: a snapshot with a stack for each, whose frames are the
place in the middle of SYMBOL in FILE (by nm, so the ELF file must have symbols), or N bytes from
its begin, as the first and as a second frame. FILE may be PATH=FILE: recorded as PATH.
Options before: --build-id=HEX instead of the file's own; --offset=N instead of a symbol; --identity: also which
file it is now, --identity=FIELD: but for that; --pid=N: all are of that process; --also=PATH: it
is at that path, too; --outer=SYMBOL: a third frame; --cut: the stacks are marked as truncated."""
import fcntl
import mmap
import os
import struct
import subprocess
import sys

from snapshot import USER_CUT, Snapshot
from symbols_elf import build_id, segments


def offset(path, symbol, at):
    """Where that is in the file."""
    for line in subprocess.run(['nm', '-S', path], capture_output=True, text=True,
                               check=True).stdout.splitlines():
        part = line.split()
        if len(part) == 4 and part[3] == symbol:
            addr = int(part[0], 16) + (int(part[1], 16) // 2 if at is None else at)
            break
    else:
        sys.exit('no symbol %s in %s' % (symbol, path))
    for off, vaddr, size in segments(path):
        if vaddr <= addr < vaddr + size:
            return addr - vaddr + off
    sys.exit('%s is nowhere in %s' % (symbol, path))


def identity(path, but):
    """As the module has it: device and inode as /proc/PID/maps shows them."""
    with open(path, 'rb') as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ), open('/proc/self/maps', encoding='utf8') as maps:
        dev, inode = [line.split()[3:5] for line in maps if line.rstrip().endswith(os.path.realpath(path))][0]
        st = os.fstat(f.fileno())
        try:
            generation = struct.unpack('<I', fcntl.ioctl(f, 0x80087601, bytes(8))[:4])[0]
        except OSError:
            generation = 12345
    is_ = {'major': int(dev.split(':')[0], 16), 'minor': int(dev.split(':')[1], 16), 'inode': int(inode),
           'size': st.st_size, 'ctime': st.st_ctime_ns, 'generation': generation}
    if but:
        is_[but] += 1
    return {'dev': (is_.pop('major'), is_.pop('minor')), **is_}


options = dict((a[2:] + '=').split('=')[:2] for a in sys.argv[1:] if a.startswith('--'))
out, name, *symbols = [a for a in sys.argv[1:] if not a.startswith('--')]
recorded, _, path = name.rpartition('=')
s = Snapshot()
s.cpu(elapsed=10 ** 9)
which = bytes.fromhex(options['build-id']) if 'build-id' in options else build_id(path)
obj = s.object((recorded or path).encode(), which)
if 'identity' in options:
    s.file(obj, **identity(path, options['identity']))
for i, symbol in enumerate(symbols):
    symbol, _, at = symbol.partition('+')
    where = int(options['offset'], 0) if 'offset' in options else \
        offset(path, symbol, int(at) if at else None)
    frames = (s.user(obj, where), s.user(obj, where))
    if 'outer' in options:
        frames += (s.user(obj, offset(path, options['outer'], None)),)
    s.stack(1000 - i, (), frames, hash_=i, tgid=int(options.get('pid', i + 1)), flags=USER_CUT if 'cut' in options else 0)
    if 'also' in options:
        s.stack(1, (), (s.user(s.object(options['also'].encode(), which), where),), hash_=99, tgid=99)
with open(out, 'wb') as f:
    f.write(s.bytes())
