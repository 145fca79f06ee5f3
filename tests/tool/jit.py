#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: jit.py OUT PID [FIELD=VALUE...] ADDRESS...: a snapshot of a process with a stack in code without a file at each address
(hexadecimal), as if it had been taken now; but for fields of its code (start, stack, since, program). jit.py --args PID: what
mapfile.c takes. ticks=N: each stack has N more."""
import os
import sys
import time

from snapshot import Snapshot


def of(pid):
    if not os.path.exists('/proc/%d' % pid):
        return {}
    with open('/proc/%d/stat' % pid, encoding='latin1') as f:
        field = f.read().rpartition(') ')[2].split()
    # The clock as it was when the process began, not after that.
    started = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - int(field[19]) * 10 ** 7
    return {'start': int(field[19]) * 10 ** 7, 'stack': int(field[25]),
            'since': time.time_ns() - started - 10 ** 7}


if sys.argv[1] == '--args':
    print(sys.argv[2], *of(int(sys.argv[2])).values())
    sys.exit()
out, pid, *rest = sys.argv[1:]
code = {'tgid': int(pid), **of(int(pid))}
code.update((k, int(v)) for k, v in (a.split('=') for a in rest if '=' in a))
ticks = code.pop('ticks', 0)
s = Snapshot(taken=time.monotonic_ns())
s.cpu(elapsed=10 ** 9)
anon = s.object(b'[anon]')
frames = []
for address in rest:
    if '=' not in address:
        frames.append(s.user(anon, int(address, 16) & 0xfff))
for frame, address in zip(frames, (a for a in rest if '=' not in a)):
    s.code(frame, int(address, 16), **code)
for i, frame in enumerate(frames):
    s.stack(1000 - i + ticks, (), (frame,), tgid=int(pid), pids=(int(pid),), hash_=i)
s.pid(int(pid), (1000 + ticks) * len(frames), tgid=int(pid))
with open(out, 'wb') as f:
    f.write(s.bytes())
