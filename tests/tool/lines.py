#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: lines.py PERFTOP FILE [DEBUGFILE [OPTION...]]: compares functions and source lines of perftop json --lines
at each byte of the functions of FILE with what addr2line says of DEBUGFILE (FILE), as the place where a thread was and
as a return address. Prints how many places, inlined functions and lines that was, or what differs."""
import json
import os
import re
import subprocess
import sys

from snapshot import Snapshot
from symbols_elf import build_id, segments

SKIPPED = re.compile(r'^(_start|_init|_fini|frame_dummy|(de)?register_tm_clones|__do_global_dtors_aux|\.plt|_dl_relocate_static_pie)')


def run(*argv, text=None):
    return subprocess.run(argv, input=text, capture_output=True, text=True, check=True).stdout


def places(path):
    """Addresses in functions that the file has a symbol for, and where these are in the file."""
    load = segments(path)
    found = {}
    for line in run('nm', '-S', path).splitlines():
        part = line.split()
        if len(part) != 4 or part[2] not in 'tTwW' or SKIPPED.match(part[3]):
            continue
        begin, size = int(part[0], 16), int(part[1], 16)
        for off, vaddr, length in load:
            if vaddr <= begin < vaddr + length:
                found.update((addr, addr - vaddr + off) for addr in range(begin, begin + size))
    return found


def addr2line(path, addrs):
    """For each address a list of functions with their file and line, or None: the innermost first."""
    out = run('addr2line', '-aifC', '-e', path, text=''.join('%#x\n' % a for a in addrs)).splitlines()
    at, said = 0, {}
    while at < len(out):
        addr, at, functions = int(out[at], 16), at + 1, []
        while at < len(out) and not out[at].startswith('0x'):
            file, _, number = re.sub(r' \(discriminator \d+\)$', '', out[at + 1]).rpartition(':')
            functions.append((out[at], (os.path.normpath(file), int(number)) if number.isdigit() and int(number) and file != '??' else None))
            at += 2
        said[addr] = functions
    return said


perftop, path, debug, *options = sys.argv[1:3] + (sys.argv[3:] or sys.argv[2:3])
where = places(debug if options else path)
addrs = sorted(where)
s = Snapshot()
s.cpu(elapsed=10 ** 9)
obj = s.object(os.path.abspath(path).encode(), build_id(path))
for i, addr in enumerate(addrs):
    # The first frame is the place itself, the second one returns to the byte after it.
    s.stack(10 ** 6 - i, (), (s.user(obj, where[addr]), s.user(obj, where[addr] + 1)), hash_=i, tgid=i + 1)
with open(path + '.snap', 'wb') as f:
    f.write(s.bytes())
shown = json.loads(run(perftop, 'json', '--lines', '-i', path + '.snap', *options))
os.unlink(path + '.snap')
want = addr2line(debug, addrs)
inlined = lines = bad = 0
for row in shown['stacks']:
    addr = addrs[row['tgid'] - 1]
    for frame in row['stack']['user']:
        got = [(name, line and (os.path.normpath(line['file']), line['line']))
               for name, line in zip(frame.get('functions', ()), frame.get('lines', ()), strict=True)]
        inlined += len(got) - 1
        lines += sum(line is not None for name, line in got)
        if got != want[addr]:
            bad += 1
            if bad < 4:
                print('%#x: %s\n  wanted: %s' % (addr, got, want[addr]))
print('%d places, %d inlined, %d lines' % (len(addrs), inlined // 2, lines // 2))
sys.exit(bad > 0 or not addrs)
