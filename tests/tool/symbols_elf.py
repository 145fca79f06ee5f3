# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of names want to know of ELF files, as readelf has it."""
import re
import subprocess


def readelf(option, path):
    return subprocess.run(['readelf', option, path], capture_output=True, text=True, check=True).stdout


def build_id(path):
    found = re.search(r'Build ID: ([0-9a-f]+)', readelf('-n', path))
    return bytes.fromhex(found.group(1)) if found else b''


def segments(path):
    """Of what is loaded: offset in the file, address, bytes."""
    parts = (line.split() for line in readelf('-lW', path).splitlines())
    return [(int(p[1], 16), int(p[2], 16), int(p[4], 16)) for p in parts if p and p[0] == 'LOAD']
