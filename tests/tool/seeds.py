#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: seeds.py FOLDER [FILE...]: right files to begin with for the fuzzer, small ones, and FILEs."""
import os
import shutil
import sys

from snapshot import ASLEEP, CGROUPS, CUT, GONE, KTHREAD, NSPIDS, UNSEEN, USER_CUT, WAITS, WHY, Snapshot


def small(rows):
    s = Snapshot(cpus=2, taken=2 * 10 ** 9)
    s.param(b'top', b'20')
    for cpu in range(2):
        s.cpu(cpu=cpu, elapsed=10 ** 9, idle=5 * 10 ** 8, tables=((1000, 5, 7, 1, rows, 64),) * 3,
              sleeps=(0, 3, 4), delays=(1, 0, 2))
    if rows:
        obj = s.object(b'/bin/program', b'\x01' * 20)
        s.file(s.object(b'/bin/go'), dev=(8, 1), inode=12, size=4096, ctime=10 ** 18 + 1, generation=7)
        kernel = [s.kernel(b'schedule+0x1/0x20'), s.kernel(b'pipe_read+0x1/0x20 [module]')]
        user = [s.user(obj, 0x1234), s.user(0, 0x7f0000001000)]
    for i in range(rows):
        s.stack(1000 - i, kernel, user, cpu=i % 2, pids=(1, 2, 3, 4)[:1 + i % 4], more=i == 3,
               flags=USER_CUT, hash_=i // 2, tgid=i // 2)
        s.pid(1 + i // 2, 500, cpu=i % 2, sleep=7, delay=3)
        s.sleep(1 + i // 2, 300, kernel, user, cpu=i % 2, longest=200)
    if rows:
        s.stack(5, kernel, flags=KTHREAD, tgid=0, program=0)
        s.wait(1, 100, kernel, user)
        s.wait(2, 0, delay=9, flags=WAITS, stack_flags=UNSEEN)
        s.wait(7, 50, kernel, flags=ASLEEP, comm=b'other')
    return s.bytes()


def cgroups():
    s = Snapshot(cpus=2, flags=0x6c | CGROUPS | NSPIDS, forgotten=1)
    for cpu in range(2):
        s.cpu(cpu=cpu, elapsed=10 ** 9)
    for i, path in enumerate((b'/', b'/system.slice/a.service', b'/docker/' + b'0123456789abcdef' * 4 + b'/x', b'', b'/p/x')):
        s.cgroup(i + 1, path, (GONE, CUT)[i % 2])
    k = s.kernel(b'schedule+0x1/0x20')
    for i in range(6):
        s.stack(1000, [k], cgroup=i)
        s.pid(1 + i % 2, 500, cgroup=i, nspid=i)
        s.sleep(1 + i % 2, 300, [k], cgroup=i)
        s.wait(1 + i % 2, 300, [k], cgroup=i, nspid=i)
    return s.bytes()


def user_stacks(mappings):
    s = Snapshot(cpus=1)
    s.user_stacks(wanted=3, cut=range(16), mappings=mappings)
    s.cpu(elapsed=10 ** 9)
    k, u = s.kernel(b'schedule+0x1/0x20'), s.user(s.object(b'/bin/program'), 0x1234)
    for why in range(16):
        s.stack(1000, [k], [u], flags=USER_CUT | why << WHY)
        s.wait(1 + why, 300, [k], [u], stack_flags=USER_CUT | why << WHY)
    return s.bytes()


os.makedirs(sys.argv[1], exist_ok=True)
for n in (0, 1, 4, 9):
    with open('%s/small-%d' % (sys.argv[1], n), 'wb') as f:
        f.write(small(n))
with open(sys.argv[1] + '/two', 'wb') as f:
    f.write(small(3) + small(5))
with open(sys.argv[1] + '/cgroups', 'wb') as f:
    f.write(cgroups() + cgroups())
with open(sys.argv[1] + '/user_stacks', 'wb') as f:
    f.write(user_stacks((1, 64, 0, 0, 0, 0)) + user_stacks(None))
for name in sys.argv[2:]:
    shutil.copy(name, sys.argv[1])
