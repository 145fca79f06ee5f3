#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: cgroups.py FOLDER: files with cgroups for cgroups.t: before and now, two snapshots with the same reset, and both
in pair; now with nspids, or unfollowed; names, one with a row of each of many paths, which is NAMES below."""
import sys

from snapshot import (ASLEEP, CGROUPS, CUT, GONE, KTHREAD, NSPIDS, UNSEEN, WAITS, Snapshot)

ID = b'0123456789abcdef' * 4
OTHER = b'fedcba9876543210' * 4

# Paths, and their short names.
NAMES = [
    (b'/', b'-'),
    (b'', b'#2'),
    (b'/init.scope', b'init.scope'),
    (b'/system.slice', b'system.slice'),
    (b'/system.slice/nginx.service', b'nginx.service'),
    (b'/system.slice/nginx.service/worker', b'nginx.service/worker'),
    (b'/system.slice/system-getty.slice/getty@tty1.service', b'getty@tty1.service'),
    (b'/system.slice/dev-sda1.swap', b'dev-sda1.swap'),
    (b'/system.slice/_cgroup.procs.service', b'cgroup.procs.service'),
    (b'/user.slice/user-1000.slice/session-3.scope', b'session-3.scope'),
    (b'/user.slice/user-1000.slice/user@1000.service/init.scope', b'user@1000.service/init.scope'),
    (b'/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service', b'user@1000.service/dbus.service'),
    (b'/user.slice/user-1000.slice/user@1000.service/app.slice', b'user@1000.service/app.slice'),
    (b'/system.slice/docker-' + ID + b'.scope', ID[:12]),
    (b'/docker/' + OTHER, OTHER[:12]),
    (b'/docker/' + OTHER + b'/system.slice/sshd.service', OTHER[:12] + b'/sshd.service'),
    (b'/docker/' + OTHER + b'/init.scope', OTHER[:12] + b'/init.scope'),
    (b'/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-a' + ID[1:] + b'.scope',
     b'a' + ID[1:12]),
    (b'/kubepods/besteffort/pod1-2/b' + ID[1:], b'b' + ID[1:12]),
    (b'/system.slice/containerd.service/kubepods-pod3.slice:cri-containerd:c' + ID[1:], b'c' + ID[1:12]),
    (b'/kubepods.slice/kubepods-pod4.slice/crio-d' + ID[1:] + b'.scope', b'd' + ID[1:12]),
    (b'/kubepods.slice/kubepods-pod4.slice/crio-conmon-d' + ID[1:] + b'.scope', b'crio-conmon-d' + ID[1:12] + b'.scope'),
    (b'/machine.slice/libpod-e' + ID[1:] + b'.scope/container', b'e' + ID[1:12]),
    (b'/machine.slice/libpod-conmon-e' + ID[1:] + b'.scope', b'libpod-conmon-e' + ID[1:12] + b'.scope'),
    (b'/machine.slice/libpod-payload-6' + ID[1:], b'6' + ID[1:12]),
    (b'/user.slice/user-1000.slice/user@1000.service/user.slice/nerdctl-8' + ID[1:] + b'.scope', b'8' + ID[1:12]),
    (b'/machine.slice/systemd-nspawn@web.service/payload/system.slice/cron.service', b'systemd-nspawn@web.service/cron.service'),
    (b'/lxc.payload.db/system.slice/mysql.service', b'db/mysql.service'),
    # A container in a container: its own tools show the inner one's id.
    (b'/docker/f' + ID[1:] + b'/docker/9' + OTHER[1:], b'9' + OTHER[1:12]),
    (b'/work/one', b'one'),
    (b'/work/two words', b'two words'),
    (b'/work/aaab', b'aaab'),
    # 63 digits, and capital ones, are no id.
    (b'/docker/' + ID[1:], ID[1:]),
    (b'/docker/' + ID.upper(), ID.upper()),
    # The same name twice: by their paths.
    (b'/x/docker-7' + ID[1:] + b'.scope', b'/x/docker-7' + ID[1:] + b'.scope'),
    (b'/y/docker-7' + ID[1:] + b'.scope', b'/y/docker-7' + ID[1:] + b'.scope'),
    (b'/a/twice', b'/a/twice'),
    (b'/b/twice', b'/b/twice'),
    (b'/evil/-', b'/evil/-'),
    (b'//', b'//'),
    (b'/../outside', b'outside'),
    (b'/x/a;b\\c d\n\x1b[31m\xff', b'a;b\\c d\n\x1b[31m\xff'),
    (b'/x/' + b'\n' * 255, b'\n' * 255),
    (b'/x/' + b'y' * 255, b'y' * 255),
    (b'/deep' * 800, b'deep'),
    (b'/x/y.service.slice', b'y.service.slice'),
    (b'/.service', b'.service'),
    (b'/_', b'_'),
]


def names():
    s = Snapshot(flags=0x6c | CGROUPS, forgotten=0)
    s.cpu(elapsed=1000 * len(NAMES), tables=((1000 * len(NAMES), 0, 0, 0, len(NAMES), 64),) * 3)
    for i, (path, _) in enumerate(NAMES):
        s.cgroup(i + 1, path, CUT if path.startswith(b'/deep') else 0)
    for i in range(len(NAMES)):
        s.stack(1000, comm=b'c%d' % i, hash_=i, tgid=1 + i, cgroup=i + 1)
        s.pid(1 + i, 1000, comm=b'c%d' % i, cgroup=i + 1)
        s.sleep(1 + i, 1000, comm=b'c%d' % i, hash_=i, cgroup=i + 1)
    return s.bytes()


def machine(later, nspids=False, followed=True):
    """Two units, a container, the root, a cgroup that is gone later, and a row of no known one."""
    n = 2 if later else 1
    s = Snapshot(cpus=2, taken=n * 10 ** 9, flags=0x6c | CGROUPS * followed | NSPIDS * nspids, forgotten=3 * later)
    for cpu in range(2):
        s.cpu(cpu=cpu, elapsed=n * 2 * 10 ** 9, idle=n * 10 ** 9,
              tables=((n * 10 ** 9, 0, 0, 0, 5, 64), (n * 10 ** 9, 0, 0, 0, 5, 64), (n * 1000, 0, 0, 0, 5, 64)))
    s.cgroup(1, b'/')
    # In another order, so that nothing depends on it.
    for g in ([40, 30, 20] if later else [20, 30, 40]):
        s.cgroup(g, {20: b'/system.slice/web.service', 30: b'/docker/' + ID, 40: b'/work/short'}[g],
                 GONE if later and g == 40 else 0)
    if later:
        s.cgroup(50, b'/system.slice/new.service')
    k = s.kernel(b'schedule+0x1/0x20')
    u = s.user(s.object(b'/bin/program', b'\x01' * 20), 0x1234)
    half = n * 10 ** 9 // 2
    for cpu in range(2):
        s.stack(half, [k], [u], cpu=cpu, pids=(10,), comm=b'nginx', tgid=10, count=n, hash_=1, cgroup=20)
        s.pid(10, half, cpu=cpu, comm=b'nginx', count=n, delay=n * 1000000, longest=1000000, sleep=n * 100, cgroup=20,
              nspid=7 if nspids else None)
    # One that moved from web.service to the container: the same stack, two rows.
    for g, ticks in [(20, 200000000), (30, n * 100000000)][::-1 if later else 1]:
        s.stack(ticks, [k], [u], pids=(11,), comm=b'moved', tgid=11, hash_=2, cgroup=g)
        s.pid(11, ticks, comm=b'moved', sleep=50 if g == 20 else n * 60, cgroup=g)
    # What ran and is gone; of no known cgroup; a kernel thread; one that began later.
    s.stack(100000000, [k], pids=(12,), comm=b'brief', tgid=12, hash_=3, cgroup=40)
    s.pid(12, 100000000, comm=b'brief', cgroup=40)
    s.stack(n * 50000000, [k], pids=(13,), comm=b'lost', tgid=13, hash_=4, cgroup=0)
    s.pid(13, n * 50000000, comm=b'lost', cgroup=0)
    rest = n * 2 * 10 ** 9 - 2 * half - 300000000 - n * 150000000
    if later:
        s.stack(rest // 2, [k], [u], pids=(14,), comm=b'young', tgid=14, hash_=5, cgroup=50)
        s.pid(14, rest // 2, comm=b'young', cgroup=50)
        rest -= rest // 2
    s.stack(rest, [k], pids=(2,), comm=b'kthreadd', tgid=0, program=0, flags=KTHREAD, hash_=6, cgroup=1)
    s.pid(2, rest, comm=b'kthreadd', cgroup=1)
    s.sleep(10, n * 500, [k], [u], comm=b'nginx', longest=300, hash_=1, cgroup=20)
    s.sleep(11, n * 300, [k], [u], comm=b'moved', longest=300, hash_=2, cgroup=20)
    s.sleep(11, n * 400, [k], [u], comm=b'moved', longest=300, hash_=2, cgroup=30)
    s.sleep(12, 300, [k], comm=b'brief', longest=300, hash_=3, cgroup=40)
    s.sleep(13, n * 100, [k], comm=b'lost', longest=300, hash_=4, cgroup=0)
    s.wait(11, 100, [k], [u], comm=b'moved', flags=ASLEEP, hash_=2, cgroup=30, nspid=8 if nspids else None)
    s.wait(10, 0, delay=9000, comm=b'nginx', flags=WAITS, stack_flags=UNSEEN, cgroup=20, nspid=7 if nspids else None)
    return s.bytes()


if __name__ == '__main__':
    files = {'names': names(), 'before': machine(False), 'now': machine(True), 'pair': machine(False) + machine(True),
             'nspids': machine(True, nspids=True), 'unfollowed': machine(True, followed=False)}
    for name, data in files.items():
        with open(sys.argv[1] + '/' + name, 'wb') as f:
            f.write(data)
