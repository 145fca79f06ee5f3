#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: badinput.py PERFTOP: hostile files give one clear line and exit code 4, never a crash or a
hang; or they're right by chance. TAP."""
import os
import random
import struct
import subprocess
import sys
import tempfile

from snapshot import CGROUP, CGROUPS, CPU, FILE, FRAME, HEAD, OBJECT, PID, STACK, Snapshot, split

perftop = sys.argv[1]
tmp = tempfile.mkdtemp()
path = tmp + '/file'
done = bad = 0


def told(name, right, why=''):
    global done, bad
    done += 1
    bad += not right
    print('%sok %d - %s' % ('' if right else 'not ', done, name))
    if not right:
        print('\n'.join('# ' + line for line in why.splitlines()))


def run(data, command='report'):
    with open(path, 'wb') as f:
        f.write(data)
    return subprocess.run([perftop, *command.split(), '--raw', '-i', path], capture_output=True, timeout=60,
                          check=False)


def refused(data, command='report'):
    """None if it is as it should be, else why not."""
    p = run(data, command)
    lines = p.stderr.decode(errors='replace').splitlines()
    if p.returncode == 4 and len(lines) == 1 and lines[0].startswith('perftop: %s: ' % path) and \
            not p.stdout:
        return None
    return '%d bytes: exit %d, stderr %r, %d bytes of output' % (len(data), p.returncode,
                                                                p.stderr[:300], len(p.stdout))


def sound(data, command='report'):
    p = run(data, command)
    if p.returncode == 0 and not p.stderr or refused(data, command) is None:
        return None
    return 'exit %d, stderr %r' % (p.returncode, p.stderr[:300])


def all_refused(name, files):
    why = [w for w in map(refused, files) if w]
    told(name, not why, '\n'.join(why[:5]))


def make(change=None):
    s = Snapshot(cpus=2, flags=0x6c | CGROUPS, forgotten=0)
    s.param(b'top', b'20')
    for cpu in range(2):
        s.cpu(cpu=cpu, elapsed=1000, tables=((10, 0, 0, 0, 1, 64),) * 3)
    obj = s.object(b'/bin/x', b'\1' * 20)
    s.file(obj, inode=1)
    s.cgroup(7, b'/x/y.service')
    k, u = s.kernel(b'schedule+0x1/0x2'), s.user(obj, 0x123)
    s.stack(10, [k], [u], cgroup=7)
    s.pid(1, 10, cgroup=7)
    s.sleep(1, 5, [k], [u], cgroup=7)
    s.wait(1, 7, [k], [u], cgroup=7)
    if change:
        change(s, k, u)
    return s.bytes()


def put(data, kind, at, fmt, value):
    """The file with a value at a place of its first record of a kind."""
    for begin, _ in split(data):
        if struct.unpack_from('<I', data, begin)[0] == kind:
            data = bytearray(data)
            struct.pack_into(fmt, data, begin + at, value)
            return bytes(data)
    raise KeyError(kind)


good = make()
told('a right file is fine', run(good).returncode == 0, repr(run(good)))
ends = [begin for begin, _ in split(good)]
all_refused('cut off at every record', [good[:n] for n in ends])
all_refused('cut off at any byte', [good[:n] for n in range(1, len(good), 7)])
all_refused('of odd bytes behind it', [good + b'\1' * n for n in (1, 7, 8, 24)])
all_refused('no file of ours', [b'\0' * 5000, b'\xff' * 5000, b'\x7fELF' + b'\0' * 2000, b'x', b'perftop\n' * 99])
for i, sample in enumerate(sys.argv[2:]):
    with open(sample, 'rb') as f:
        data = f.read()
    all_refused('sample %d, cut off at each record' % i, [data[:n] for n, _ in split(data)])

cases = {
    'a CPU after rows': make(lambda s, k, u: s.records.append(s.records.pop(3))),
    '2000 parameters': make(lambda s, k, u: [s.param(b'p%d' % i, b'') for i in range(2000)]),
    'a newer ABI': put(good, HEAD, 16, '<I', 2),
    'a stream of events': put(good, HEAD, 20, '<I', 0x10),
    'a clock of 0 kHz': put(good, HEAD, 24, '<Q', 0),
    'a clock of 2^64-1 kHz': put(good, HEAD, 24, '<Q', 2 ** 64 - 1),
    'more CPUs than it says': put(good, HEAD, 80, '<I', 1),
    'fewer CPUs than it says': put(good, HEAD, 80, '<I', 3),
    '4294967295 CPUs': put(good, HEAD, 80, '<I', 2 ** 32 - 1),
    'a CPU twice': put(good, CPU, 8, '<I', 1),
    'a row of a CPU that is not there': put(good, STACK, 56, '<I', 9),
    'a file of object 0': put(good, FILE, 8, '<I', 0),
    'a file of an object that is not there': put(good, FILE, 8, '<I', 2),
    'object 0': put(good, OBJECT, 8, '<I', 0),
    'object 4294967295': put(good, OBJECT, 8, '<I', 2 ** 32 - 1),
    'a build id of 21 bytes': put(good, OBJECT, 12, '<B', 21),
    'frame 0': put(good, FRAME, 8, '<I', 0),
    'frame 7 at first': put(good, FRAME, 8, '<I', 7),
    'a frame of object 2': make(lambda s, k, u: s.user(2, 1)),
    'a row of frame 0': put(good, STACK, 104, '<I', 0),
    'a row of frame 4294967295': put(good, STACK, 104, '<I', 2 ** 32 - 1),
    'a kernel frame of the user': put(good, STACK, 104, '<I', 2),
    'cgroup 0': put(good, CGROUP, 8, '<Q', 0),
    'a cgroup twice': make(lambda s, k, u: s.cgroup(7, b'/z')),
    'a stack of a cgroup that is not there': put(good, STACK, 96, '<Q', 2 ** 64 - 1),
    'a thread of one': put(good, PID, 120, '<Q', 8),
    'a sleep of one': make(lambda s, k, u: s.sleep(1, 5, [k], cgroup=8)),
    'a wait of one': make(lambda s, k, u: s.wait(1, 5, [k], cgroup=8)),
    'a cgroup after its rows': make(lambda s, k, u: [s.pid(1, 1, cgroup=9), s.cgroup(9, b'/z')]),
    'frames in the row itself': put(good, STACK, 8, '<H', 8),
    'frames behind the row': put(good, STACK, 8, '<H', 65528),
    'frames at an odd place': put(good, STACK, 8, '<H', 105),
    '255 frames of 2': put(good, STACK, 10, '<B', 255),
    '5 pids of 4': put(good, STACK, 60, '<B', 5),
    'another head': good[:ends[3]] + good,
    'a record too much': good[:-24] + make()[ends[1]:ends[2]] + good[-24:],
}
for length in (0, 4, 8, 9, 15, 16, 88, 0xfffffff8, 0xffffffff, 0x80000000, 1 << 20, (1 << 20) + 8):
    for kind in (HEAD, CPU, OBJECT, FILE, CGROUP, FRAME, STACK):
        cases['record %d of %d bytes' % (kind, length)] = put(good, kind, 4, '<I', length)
for name, data in cases.items():
    why = refused(data)
    told(name, why is None, why or '')

big = good[:-24] + struct.pack('<II', 4000, 1 << 23) + bytes((1 << 23) - 8)
big += struct.pack('<IIQQ', 10, 24, len(ends), len(big))
told('what is new and large is skipped', run(big).stdout == run(good).stdout, repr(run(big).stderr))
longer = Snapshot(cpus=2)
told('a longer record is a newer one',
     run(make(lambda s, k, u: s.records.append(struct.pack('<II', PID, len(s.records[-3]) + 8) + s.records[-3][8:] +
                                               bytes(8)))).returncode == 0)

rnd = random.Random(7)
why = []
for command in ('report', 'lat', 'sched', 'folded', 'json', 'report --by=cgroup', 'lat --by=cgroup', 'sched --by=cgroup'):
    for _ in range(40):
        data = bytearray(good)
        for _ in range(rnd.randrange(1, 4)):
            data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
        w = sound(bytes(data), command)
        if w:
            why.append(command + ': ' + w)
told('flipped bits', not why, '\n'.join(why[:5]))

p = subprocess.run([perftop, 'report', '-i', tmp + '/none'], capture_output=True, check=False)
told('a file that is not there', p.returncode == 3 and b'No such file' in p.stderr, repr(p))
p = subprocess.run([perftop, 'report', '-i', tmp], capture_output=True, check=False)
told('a folder', p.returncode in (3, 4) and p.stderr.count(b'\n') == 1, repr(p))
p = subprocess.run([perftop, 'report', '-i', '/dev/null'], capture_output=True, check=False)
told('an empty file', p.returncode == 4 and b'empty' in p.stderr, repr(p))
p = subprocess.run([perftop, 'report', '-i', '-'], input=good, capture_output=True, check=False)
told('from standard input', p.returncode == 0, repr(p))
with open('/dev/full', 'wb') as full:
    with open(path, 'wb') as f:
        f.write(good)
    p = subprocess.run([perftop, 'report', '-i', path], stdout=full, stderr=subprocess.PIPE, check=False)
told('a full disk', p.returncode == 3 and b'No space' in p.stderr, repr(p))
os.unlink(path)
os.rmdir(tmp)
print('1..%d' % done)
sys.exit(bad > 0)
