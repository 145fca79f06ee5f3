#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: unwind.py TABLE FILE: is it the table of FILE's call frame information, as readelf(1) understands that?

TABLE is what perftop unwind --output has written. Prints how many rows there are and with which rules, or what differs.
"""
import bisect
import collections
import re
import struct
import subprocess
import sys

CFA = {'rsp': 2, 'rbp': 3, 'rbx': 7}
AT = {'rsp': 4, 'rbp': 5}
NONE, END, SIGNAL, FRAME = ((kind, 0, 0, 0, 0) for kind in (0, 1, 6, 8))
UNKNOWN = 0x7fff
PLT = re.compile(r'DW_OP_breg7 \(rsp\): 8; DW_OP_breg16 \(rip\): 0; DW_OP_lit15; DW_OP_and; DW_OP_lit(\d+); '
                 r'DW_OP_ge; DW_OP_lit3; DW_OP_shl; DW_OP_plus')


def readelf(*args):
    # It fails if a debug file isn't there that the file names.
    return subprocess.run(['readelf', '-W', *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False).stdout.split('\n')


def table(name):
    """Starts and rules, and whether all of it is as it should be."""
    data = open(name, 'rb').read()
    magic, version, rules, rows, reserved = struct.unpack_from('<8sIIII', data)
    assert (magic, version, reserved) == (b'ptopunw\n', 1, 0)
    assert len(data) == 24 + 12 * rules + 6 * rows
    rule = [struct.unpack_from('<BBhii', data, 24 + 12 * i) for i in range(rules)]
    assert len(set(rule)) == rules
    starts = struct.unpack_from(f'<{rows}I', data, 24 + 12 * rules)
    numbers = struct.unpack_from(f'<{rows}H', data, 24 + 12 * rules + 4 * rows)
    assert all(a < b for a, b in zip(starts, starts[1:]))
    assert all(a != b for a, b in zip(numbers, numbers[1:]))
    assert set(numbers) == set(range(rules))
    return starts, [(rule[n][0], rule[n][1], rule[n][3], rule[n][4], rule[n][2]) for n in numbers]


def expressions(name):
    """Of each FDE: (address, expression) of the CFA, those of registers, and whether rbp is said to be lost."""
    found, fde, at = {}, None, 0
    for line in readelf('--debug-dump=frames', name):
        if m := re.match(r'([0-9a-f]{8,16}) [0-9a-f]+ [0-9a-f]+ (CIE|FDE.*pc=([0-9a-f]+)\.\.)', line):
            fde = found.setdefault(m[1], {'cfa': [], 'reg': {}, 'lost': False})
            at = int(m[3], 16) if m[3] else 0
        elif m := re.match(r'  DW_CFA_advance_loc\d?: \d+ to ([0-9a-f]+)', line):
            at = int(m[1], 16)
        elif m := re.match(r'  DW_CFA_def_cfa_expression \((.*)\)$', line):
            fde['cfa'].append((at, m[1]))
        elif m := re.match(r'  DW_CFA_expression: r(\d+) \(\w+\) \((.*)\)$', line):
            fde['reg'][int(m[1])] = m[2]
        elif line.startswith('  DW_CFA_undefined: r6 '):
            fde['lost'] = True
    return found


def number(text):
    return int(text) if text else 0


def bx_of(said):
    if said in 'us':
        return 0
    m = re.fullmatch(r'c([+-]\d+)', said)
    return int(m[1]) // 8 if m and int(m[1]) and int(m[1]) % 8 == 0 else UNKNOWN


def rule_of(row, at, fde, signal):
    """The rule of a row of readelf, or the byte of PLT entries where it changes."""
    if row.get('ra') == 'u':
        return END
    said = row['CFA']
    if said == 'exp':
        said = [e for start, e in fde['cfa'] if start <= at][-1]
    if m := PLT.fullmatch(said):
        return int(m[1])
    if signal:
        right = said == 'DW_OP_breg7 (rsp): 160; DW_OP_deref' and fde['reg'].get(16) == 'DW_OP_breg7 (rsp): 168' and \
            fde['reg'].get(6) == 'DW_OP_breg7 (rsp): 120'
        return SIGNAL if right else NONE
    if m := re.fullmatch(r'(rsp|rbp|rbx)([+-]\d+)', said):
        cfa, offset = CFA[m[1]], int(m[2])
    elif m := re.fullmatch(r'DW_OP_breg[67] \((rsp|rbp)\): (-?\d+); DW_OP_deref', said):
        cfa, offset = AT[m[1]], int(m[2])
    else:
        return NONE
    if row.get('ra') != 'c-8' or row.get('rsp', 'u') != 'u':
        return NONE
    bp, bx = row.get('rbp', 'u'), bx_of(row.get('rbx', 'u'))
    if bp in 'us':
        return (cfa, 3 if fde['lost'] and bp == 'u' else 0, offset, 0, bx)
    if m := re.fullmatch(r'c([+-]\d+)', bp):
        return (cfa, 1, offset, int(m[1]), bx)
    m = re.fullmatch(r'DW_OP_breg6 \(rbp\): (-?\d+)', fde['reg'].get(6, '')) if bp == 'exp' else None
    return (cfa, 2, offset, int(m[1]), bx) if m else (cfa, 3, offset, 0, bx)


def fdes(name):
    """(start, end, [(address, rule)])"""
    raw, cies, found, last, columns = expressions(name), {}, [], None, []
    for line in readelf('--debug-dump=frames-interp', name):
        if m := re.match(r'([0-9a-f]{8,16}) [0-9a-f]+ [0-9a-f]+ CIE "(\w*)"', line):
            last = {'id': m[1], 'signal': 'S' in m[2], 'rows': [], 'cie': None}
            cies[m[1]] = last
        elif m := re.match(r'([0-9a-f]{8,16}) .* FDE cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.([0-9a-f]+)', line):
            cie = cies[m[2]]
            last = {'id': m[1], 'signal': cie['signal'], 'rows': [], 'cie': cie, 'start': int(m[3], 16), 'end': int(m[4], 16)}
            found.append(last)
        elif line.startswith('   LOC'):
            columns = line.split()[1:]
        elif re.match(r'[0-9a-f]{16} ', line):
            # A register is told as r10 (r10).
            words = re.sub(r' \(\w+\)', '', line).split()
            last['rows'].append((int(words[0], 16), dict(zip(columns, words[1:]))))
    for f in found:
        rows = f['rows'] or [(f['start'], f['cie']['rows'][0][1])]
        yield f['start'], f['end'], [(at, rule_of(row, at, raw[f['id']], f['signal'])) for at, row in rows]


def segments(name):
    """(address, end, offset)"""
    for line in readelf('-l', name):
        words = line.split()
        if words and words[0] == 'LOAD' and 'E' in words[6:-1]:
            yield int(words[2], 16), int(words[2], 16) + int(words[4], 16), int(words[1], 16)


def ranges(name):
    """Ranges of addresses with their rules, in order."""
    all_fdes = sorted((f for f in fdes(name) if f[0] < f[1]), key=lambda f: f[0])
    for i, (start, end, rows) in enumerate(all_fdes):
        if i + 1 < len(all_fdes):
            end = min(end, all_fdes[i + 1][0])
        for j, (at, rule) in enumerate(rows):
            stop = min(end, rows[j + 1][0]) if j + 1 < len(rows) else end
            if isinstance(rule, tuple):
                yield at, stop, rule
                continue
            while at < stop:
                near = at % 16 < rule
                to = min(stop, at - at % 16 + (rule if near else 16))
                yield at, to, (2, 0, 8 if near else 16, 0, 0)
                at = to


def wanted(name):
    """Starts and rules, as they should be."""
    parts = []
    loads = list(segments(name))
    for start, end, rule in ranges(name):
        for s, e, offset in loads:
            if max(start, s) < min(end, e):
                parts.append((max(start, s) - s + offset, min(end, e) - s + offset, rule))
    parts.sort(key=lambda p: p[0])
    rows, behind = [], 0
    for start, end, rule in parts + [(1 << 32, 0, FRAME)]:
        if start > behind:
            rows.append((behind, FRAME))
        rows.append((start, rule))
        behind = end
    rows = [r for i, r in enumerate(rows[:-1]) if r[1] != (rows[i - 1][1] if i else FRAME)]
    return [r[0] for r in rows], [r[1] for r in rows]


def main():
    have, want = table(sys.argv[1]), wanted(sys.argv[2])
    if have[0] == tuple(want[0]) and have[1] == want[1]:
        kinds = collections.Counter(r[0] for r in have[1])
        print(f'{len(have[0])} rows, rules of kinds ' + ' '.join(f'{k}:{n}' for k, n in sorted(kinds.items())))
        return 0
    for at in sorted(set(have[0]) | set(want[0])):
        rules = []
        for starts, rows in (have, want):
            i = bisect.bisect_right(starts, at) - 1
            rules.append(rows[i] if i >= 0 else FRAME)
        if rules[0] != rules[1]:
            print(f'{at:x}: (CFA, rbp, offset, rbp\'s offset, rbx\'s) is {rules[0]}, not {rules[1]}')
    return 1


sys.exit(main())
