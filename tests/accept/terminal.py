"""Runs the program on a pseudo-terminal, as a person would."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

LIMIT_S = 300


class Screen:
    """One run: `text` is what came to the terminal, line ends as \\n; `status` how it ended; `err` what went past it."""

    def __init__(self, text: str, status: int, err: str):
        self.text, self.status, self.err = text, status, err


def run_on_terminal(kith, *arguments, keys: str = "", columns: int = 80, err_apart: bool = False, **variables: str) -> Screen:
    """Standard input, output and (unless `err_apart`) error are one terminal; `keys` are typed once something was printed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**kith.environment, "TERM": "xterm-256color", **variables}
    process = subprocess.Popen([kith.binary, *map(str, arguments)], cwd=kith.home, env=environment, stdin=slave, stdout=slave,
                               stderr=subprocess.PIPE if err_apart else slave, close_fds=True)
    os.close(slave)
    shown = bytearray()
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux reports the closed other end so
                break
            shown += piece
            if keys and piece:
                os.write(master, keys.encode())
                keys = ""
    else:
        process.kill()
        raise AssertionError("the program did not end")
    err = process.stderr.read().decode(errors="replace") if err_apart else ""
    status = process.wait(LIMIT_S)
    os.close(master)
    return Screen(shown.decode(errors="replace").replace("\r\n", "\n"), status, err)
