"""Runs the program on a pseudo-terminal, as a person would."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from patience import patience

LIMIT_S = 60


class Screen:
    """One run: `text` is what came to the terminal, line ends as \\n; `status` how it ended; `err` what went past it."""

    def __init__(self, text: str, status: int, err: str):
        self.text, self.status, self.err = text, status, err


def awaits_keys(master: int, shown: bytes, prompt: str, first: bool) -> bool:
    """Without a prompt: something was printed. With one: a line begins with it, and the terminal hands on each key as it is typed: what is
    typed while a program changes the terminal's mode may be lost."""
    if not prompt:
        return bool(shown)
    begins = (rb"(^|[\r\n])" if first else rb"[\r\n]") + re.escape(prompt.encode())
    return bool(re.search(begins, shown)) and not termios.tcgetattr(master)[3] & termios.ICANON


def run_on_terminal(kith, *arguments, keys: str | list[str] = "", prompt: str = "", columns: int = 80, err_apart: bool = False,
                    **variables: str) -> Screen:
    """Standard input, output and (unless `err_apart`) error are one terminal. Each piece of `keys` is typed once something was printed since
    the one before, or, with a `prompt`, once that stands there again."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**kith.environment, "TERM": "xterm-256color", **variables}
    process = subprocess.Popen([kith.binary, *map(str, arguments)], cwd=kith.home, env=environment, stdin=slave, stdout=slave,
                               stderr=subprocess.PIPE if err_apart else slave, close_fds=True)
    os.close(slave)
    pieces = list(keys) if isinstance(keys, list) else [keys] if keys else []
    shown, typed_at = bytearray(), 0
    deadline = time.monotonic() + patience(LIMIT_S)
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux reports the closed other end so
                break
            shown += piece
        if pieces and awaits_keys(master, shown[typed_at:], prompt, first=typed_at == 0):
            os.write(master, pieces.pop(0).encode())
            typed_at = len(shown)
    else:
        process.kill()
        raise AssertionError("the program did not end")
    err = process.stderr.read().decode(errors="replace") if err_apart else ""
    status = process.wait(patience(LIMIT_S))
    os.close(master)
    return Screen(shown.decode(errors="replace").replace("\r\n", "\n"), status, err)
