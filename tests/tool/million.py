#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: million.py FILE [ROWS]: a file of a million rows, of each kind a part, in 2000 cgroups, for time and memory."""
import random
import struct
import sys

from snapshot import CGROUPS, PID, SLEEP, STACK, Snapshot

rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
rnd = random.Random(1)
s = Snapshot(cpus=8, flags=0x6c | CGROUPS, forgotten=0)
for cpu in range(8):
    s.cpu(cpu=cpu, elapsed=10 ** 12, tables=((0, 0, 0, 0, rows // 8, rows // 8),) * 3)
for i in range(1, 2001):
    s.cgroup(i, b'/system.slice/docker-%064x.scope' % (i << 232))
obj = [s.object(b'/usr/lib/libdoesnotexist-%d.so' % i, bytes([i]) * 20) for i in range(200)]
kernel = [s.kernel(b'function_%d+0x%x/0x200' % (i, i % 512)) for i in range(5000)]
user = [s.user(rnd.choice(obj), i * 17) for i in range(50000)]
frames = [struct.pack('<16I', *rnd.choices(kernel, k=8), *rnd.choices(user, k=8))
          for _ in range(10000)]
parts = [b''.join(s.records)]
nr = len(s.records)


def stack(i, fixed):
    return struct.pack('<HBBHHIIQ', 40 + fixed, 8, 8, 4, 0, i * 2654435761 % 2 ** 32, 1 + i % 30000, 7)


stacks, sleeps = rows // 2, rows // 4
total = 0
for i in range(rows):
    ticks = rnd.randrange(1, 10 ** 9)
    pid, cpu, cgroup = 1 + i % 30000, i % 8, 1 + i // 2 % 2000
    if i < stacks:
        body = stack(i // 2, 64) + struct.pack('<QQQIBBH4I16s', ticks, 5, 0, cpu, 1, 0, 0,
                                               pid, 0, 0, 0, b'task%d' % (i % 1000)) + \
            struct.pack('<Q', cgroup) + frames[i // 2 % 10000][:-4] + struct.pack('<I', user[i // 2 // 10000 % 50000])
        kind = STACK
    elif i < stacks + sleeps:
        body = stack(i, 88) + struct.pack('<QQIIIIQQQQc7x16s', i // 7, 1, pid, pid, cpu, 0, ticks, 3, 0,
                                          ticks // 2, b'S', b'task%d' % (i % 1000)) + \
            struct.pack('<Q', cgroup) + frames[i % 10000]
        kind = SLEEP
    else:
        body = struct.pack('<QQIIIIQQQQQQQQ16s', i // 7, 1, pid, pid, cpu, 0, ticks, 9, 0, 5, 5, 5, 0, 0,
                           b'task%d' % (i % 1000)) + struct.pack('<QII', cgroup, 0, 0)
        kind = PID
    parts.append(struct.pack('<II', kind, len(body) + 8) + body)
body = b''.join(parts)
with open(sys.argv[1], 'wb') as f:
    f.write(body + struct.pack('<IIQQ', 10, 24, nr + rows, len(body)))
