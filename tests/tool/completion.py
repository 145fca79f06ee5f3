#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""completion.py COMPLETIONS PATH FOLDER KEYS: types KEYS into an interactive bash in FOLDER, and prints the
words of the line as bash then has it, joined by blanks; "@" is where the cursor was."""
import os
import pty
import sys

source, path, folder, keys = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.chdir(folder)
    os.execvpe('bash', ['bash', '--norc', '--noprofile', '-i'],
               dict(os.environ, PATH=path + ':' + os.environ['PATH'], TERM='dumb', PS1='$ ',
                    INPUTRC='/dev/null', HISTFILE=''))
text = b''


def until(mark):
    """What comes before it."""
    global text
    while mark not in text:
        text += os.read(fd, 4096)
    before, text = text.split(mark, 1)
    return before


# What is typed is echoed, too: there the marks aren't in one piece.
os.write(fd, b'. "%s"; bind "set bell-style none"; show() { printf "%%s%%s" "<go" "t>$*</got>"; }; printf "rea""dy\\n"\n'
         % source.encode())
until(b'ready\r\n')
# ^E, the mark, ^A
os.write(fd, keys.encode().decode('unicode_escape').encode() + b'@\x01show \n')
until(b'<got>')
print(until(b'</got>').decode())
os.write(fd, b'exit\n')
os.close(fd)
os.waitpid(pid, 0)
