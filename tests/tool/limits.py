#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: limits.py PERFTOP: a file of a million rows in 2 s and 300 MiB. TAP."""
import os
import resource
import subprocess
import sys
import tempfile

SECONDS, MIB = 2, 300

done = bad = 0
with tempfile.TemporaryDirectory() as tmp:
    path = tmp + '/million'
    subprocess.run([sys.executable, os.path.dirname(__file__) + '/million.py', path], check=True)
    print('# %d MiB' % (os.path.getsize(path) >> 20))
    for command in ('report', 'report -t 20', 'lat', 'sched', 'folded', 'json'):
        # Its own time, as this machine may have other work.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = subprocess.run([sys.argv[1], *command.split(), '-i', path], stdout=subprocess.DEVNULL,
                              check=False).returncode
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        # The largest of all children so far, of which making the file wasn't small.
        size = int(subprocess.run(['/bin/sh', '-c', 'ulimit -v %d; exec "$@" >/dev/null' % (MIB * 1024), 'sh',
                                   sys.argv[1], *command.split(), '-i', path], check=False).returncode)
        done += 1
        right = code == 0 and size == 0 and seconds <= SECONDS
        bad += not right
        print('%sok %d - %s: %.2f s of CPU, within %d MiB of address space' %
              ('' if right else 'not ', done, command, seconds, MIB))
print('1..%d' % done)
sys.exit(bad > 0)
