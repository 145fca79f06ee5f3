# SPDX-License-Identifier: GPL-2.0-only
"""Make files of perftop, of src/uapi/perftop.h: for tests, right ones and wrong ones."""
import struct

HEAD, PARAM, CPU, OBJECT, FRAME, STACK, PID, SLEEP, WAIT, END = range(1, 11)
CGROUP, FILE, CODE, USER = 13, 14, 15, 16
KTHREAD, KERNEL_CUT, USER_CUT, USER_UNSEEN, UNSEEN, NO_ROOM, EXEC = 1, 2, 4, 8, 16, 32, 64
WHY = 8  # bits of the flags from there on: why a user stack is cut
EXITED, ASLEEP, WAITS, RUNS = 1, 2, 4, 8
CGROUPS, NSPIDS = 0x200, 0x400  # of the head
GONE, CUT = 1, 2


def pad(data):
    return data + bytes(-len(data) % 8)


class Snapshot:
    """Records in order, as bytes; ids are given out as objects and frames are added. Rows are as they were before
    there were cgroups, unless cgroup (or nspid) is given: then they have the members that came with these."""

    def __init__(self, cpus=1, khz=2000000, taken=10 ** 10, reset=0, kernel=b'6.1.0-test',
                 target=b'', flags=0x6c, abi=1, unknown=0, hrtimer=b'hrtimer_interrupt',
                 forgotten=None, target_cgroup=None):
        self.records = []
        self.objects = self.frames = 0
        self.add(HEAD, struct.pack('<8sIIQQQQQQQIIIIII', b'perftop\n', abi, flags, khz, taken,
                                   1700000000 * 10 ** 9, reset, 1 << 20, 0, 0, cpus, 16, 0, 0,
                                   unknown, 100) +
                 struct.pack('16s16s64s16s16s64s64s', target, b'0.1.0', kernel, b'tsc',
                             b'kprobe', b'finish_task_switch', hrtimer) +
                 (struct.pack('<Q', forgotten) if forgotten is not None else b'') +
                 (struct.pack('<Q', target_cgroup) if target_cgroup is not None else b''))

    def add(self, kind, body):
        body = pad(body)
        self.records.append(struct.pack('<II', kind, len(body) + 8) + body)

    def user_stacks(self, depth=64, active=1, tables=0, wanted=0, size=0, most=32 << 20, loaded=0, dropped=0,
                    frames=(0, 0), cut=(), mappings=(1, 64, 0, 0, 0, 0), hook=b'__vma_link_file', more=b''):
        """How user stacks are walked. cut: stacks, by why; mappings: None makes a record without these."""
        body = struct.pack('<4I4Q2Q16Q', depth, active, tables, wanted, size, most, loaded, dropped, *frames,
                           *(list(cut) + [0] * 16)[:16])
        if mappings:
            body += struct.pack('<2I4Q32s', *mappings, hook)
        self.add(USER, body + more)

    def param(self, name, value):
        self.add(PARAM, struct.pack('32s', name) + value + b'\0')

    def cpu(self, cpu=0, elapsed=0, idle=0, tables=((0,) * 6,) * 3, sleeps=(), delays=(),
            switches=0, store_full=0):
        self.add(CPU, struct.pack('<II', cpu, 0) +
                 struct.pack('<7Q', elapsed, idle, 0, 0, 0, 0, switches) + bytes(19 * 8) +
                 struct.pack('<II', 0, 0) +
                 b''.join(struct.pack('<QQQQII', *t) for t in tables) +
                 struct.pack('<Q', 0) +
                 struct.pack('<64Q', *sleeps, *[0] * (64 - len(sleeps))) +
                 struct.pack('<64Q', *delays, *[0] * (64 - len(delays))) + bytes(2 * 8) +
                 (bytes(9 * 8) + struct.pack('<Q', store_full) if store_full else b''))

    def cgroup(self, id_, path, flags=0):
        self.add(CGROUP, struct.pack('<QII', id_, flags, 0) + path + b'\0')
        return id_

    @staticmethod
    def where(cgroup, nspid=None):
        if cgroup is None:
            return b''
        return struct.pack('<Q', cgroup) + (struct.pack('<II', nspid, 0) if nspid is not None else b'')

    def object(self, path, build_id=b'', cut=0):
        self.objects += 1
        self.add(OBJECT, struct.pack('<IBB2x20s4x', self.objects, len(build_id), cut, build_id) +
                 path + b'\0')
        return self.objects

    def file(self, obj, dev=(0, 0), inode=0, size=0, ctime=0, generation=0):
        """The identity of an object; ctime in ns."""
        self.add(FILE, struct.pack('<IIIIQQQII', obj, generation, *dev, inode, size, *divmod(ctime, 10 ** 9), 0))

    def kernel(self, symbol):
        self.frames += 1
        self.add(FRAME, struct.pack('<IIIIQ', self.frames, 0, 0, 0, 0) + symbol + b'\0')
        return self.frames

    def user(self, obj, offset):
        self.frames += 1
        self.add(FRAME, struct.pack('<IIIIQ', self.frames, 1, obj, 0, offset) + b'\0')
        return self.frames

    def code(self, frame, address, tgid, start=0, stack=0, since=0, program=1):
        """Where a frame in code without a file is."""
        self.add(CODE, struct.pack('<IIQQQQQ', frame, tgid, address, program, start, stack, since))

    def row(self, kind, stack, fixed):
        kernel, user, flags, hash_, tgid, program = stack
        frames = list(kernel) + list(user)
        body = struct.pack('<HBBHHIIQ', 32 + len(fixed), len(kernel), len(user), flags, 0, hash_,
                           tgid, program) + fixed
        self.add(kind, body + struct.pack('<%dI' % len(frames), *frames))

    def stack(self, ticks, kernel=(), user=(), count=1, error=0, cpu=0, pids=(1,), more=0,
             comm=b'task', flags=0, hash_=0, tgid=1, program=1, cgroup=None):
        self.row(STACK, (kernel, user, flags, hash_, tgid, program),
                 struct.pack('<QQQIBBH4I16s', ticks, count, error, cpu, len(pids), more, 0,
                             *(list(pids) + [0] * 4)[:4], comm) + self.where(cgroup))

    def pid(self, pid, ticks, tgid=0, cpu=0, start=1, process=1, count=1, error=0, delay=0,
            longest=0, sleep=0, hrtimer=0, hrtimers=0, comm=b'task', flags=0, cgroup=None, nspid=None):
        self.add(PID, struct.pack('<QQIIIIQQQQQQQQ16s', start, process, pid, tgid or pid, cpu,
                                  flags, ticks, count, error, delay, longest, sleep, hrtimer,
                                  hrtimers, comm) +
                 self.where(cgroup, nspid or 0))

    def sleep(self, pid, ticks, kernel=(), user=(), tgid=0, cpu=0, start=1, process=1, count=1,
              error=0, longest=0, state=b'S', comm=b'task', flags=0, hash_=0, program=1, cgroup=None):
        self.row(SLEEP, (kernel, user, 0, hash_, tgid or pid, program),
                 struct.pack('<QQIIIIQQQQc7x16s', start, process, pid, tgid or pid, cpu, flags,
                             ticks, count, error, longest, state, comm) + self.where(cgroup))

    def wait(self, pid, sleep, kernel=(), user=(), tgid=0, start=1, process=1, delay=0,
             state=b'S', comm=b'task', flags=ASLEEP, hash_=0, program=1, stack_flags=0, cgroup=None,
             nspid=None):
        self.row(WAIT, (kernel, user, stack_flags, hash_, tgid or pid, program),
                 struct.pack('<QQIIIc3xQQ16s', start, process, pid, tgid or pid, flags, state,
                             sleep, delay, comm) + self.where(cgroup, nspid or 0))

    def bytes(self):
        body = b''.join(self.records)
        return body + struct.pack('<IIQQ', END, 24, len(self.records), len(body))


def split(data):
    """The records of a file: (offset, length) each."""
    at, parts = 0, []
    while at < len(data):
        length = struct.unpack_from('<I', data, at + 4)[0]
        parts.append((at, length))
        at += length
    return parts
