#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: limits.py PERFTOP: a file of a million rows of 2000 cgroups in 2 s (json: 3) and 300 MiB. TAP.

The seconds are those of a machine that has little else to do. One that has may take
several times as long for the same, its own account of CPU time included: by how much
is what gzip needs for a part of the file, in the same run."""
import os
import resource
import subprocess
import sys
import tempfile

SECONDS, JSON_SECONDS, MIB = 2, 3, 300
GZIP_BYTES, GZIP_SECONDS = 48 << 20, 0.35


def cpu_seconds(argv, **how):
    """What it needs of the CPU, and its exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = subprocess.run(argv, stdout=subprocess.DEVNULL, check=False, **how).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, code


def slowness(part):
    """Of this machine, just now: 1 or more."""
    return max(1, cpu_seconds(['gzip', '-1', '-c'], input=part)[0] / GZIP_SECONDS)


done = bad = 0
with tempfile.TemporaryDirectory() as tmp:
    path = tmp + '/million'
    subprocess.run([sys.executable, os.path.dirname(__file__) + '/million.py', path], check=True)
    print('# %d MiB' % (os.path.getsize(path) >> 20))
    with open(path, 'rb') as f:
        part = f.read(GZIP_BYTES)
    slow = slowness(part)
    for command in ('report', 'report -t 20', 'lat', 'sched', 'folded', 'json', 'report --by=cgroup', 'lat --by=cgroup',
                    'sched --by=cgroup', 'report --cgroup=*7'):
        # Within the address space, too. A second time if it was too slow: what disturbs this one, but not gzip,
        # makes it slower.
        argv = ['/bin/sh', '-c', 'ulimit -v %d; exec "$@"' % (MIB * 1024), 'sh', sys.argv[1], *command.split(), '-i', path]
        for _ in range(2):
            before = slow
            seconds, code = cpu_seconds(argv)
            slow = slowness(part)
            machine = max(before, slow)
            right = code == 0 and seconds <= (JSON_SECONDS if command == 'json' else SECONDS) * machine
            if right or code:
                break
        done += 1
        bad += not right
        print('%sok %d - %s: %.2f s of CPU on a machine %.1f times as slow, within %d MiB of address space' %
              ('' if right else 'not ', done, command, seconds, machine, MIB))
print('1..%d' % done)
sys.exit(bad > 0)
