#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: opened.py FILE COMMAND...: run it; prints whether FILE was opened meanwhile (open() with O_PATH isn't that)."""
import ctypes
import os
import select
import subprocess
import sys

IN_OPEN = 0x20

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init()
if fd < 0 or libc.inotify_add_watch(fd, sys.argv[1].encode(), IN_OPEN) < 0:
    sys.exit('inotify: ' + os.strerror(ctypes.get_errno()))
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, check=True)
print('opened' if select.select([fd], [], [], 0)[0] else 'not opened')
