"""Where passphrases come from: typed at the terminal, or for a scripted ceremony from a file or descriptor.

Law of the room: a passphrase is never an argument, never printed, and read from a file only when nobody else can
read that file. A file of one line serves every key; of several lines, one for each key in the order of the keys.
"""

import getpass
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

MIN_CHARS: Final = 10


class Passphrases:
    """Answers for one run of the program; `lines` None asks the person at the terminal."""

    def __init__(self, lines: Sequence[str] | None = None) -> None:
        """Hold the lines that were read, if any."""
        self._lines = lines
        self._next = 0

    @classmethod
    def of(cls, file: Path | None, descriptor: int | None) -> "Passphrases":
        """Return those of a file (mode 600) or an open descriptor, else of the terminal; raises `ValueError`."""
        if file is not None:
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                msg = f"{file} can be read by others; run: chmod 600 {file}"
                raise ValueError(msg)
            return cls(_lines_of(file.read_bytes(), str(file)))
        if descriptor is not None:
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                return cls(_lines_of(stream.read(), f"descriptor {descriptor}"))
        return cls()

    def new(self, what: str) -> bytes:
        """Return the passphrase for something that is made now; raises `ValueError` for a short or mistyped one."""
        first = self._asked(f"passphrase for {what}: ")
        if len(first) < MIN_CHARS:
            msg = f"the passphrase for {what} has fewer than {MIN_CHARS} characters; four words are easy to keep"
            raise ValueError(msg)
        if self._lines is None and getpass.getpass("once more: ") != first:
            msg = "the two passphrases differ; nothing was written"
            raise ValueError(msg)
        return first.encode()

    def opening(self, what: str) -> bytes:
        """Return the passphrase of something that exists."""
        return self._asked(f"passphrase of {what}: ").encode()

    def _asked(self, prompt: str) -> str:
        if self._lines is None:
            try:
                return getpass.getpass(prompt)
            except EOFError as fault:
                msg = f"{prompt.removesuffix(': ')}: nobody answers at the terminal; give --passphrase-file FILE"
                raise ValueError(msg) from fault
        if len(self._lines) == 1:
            return self._lines[0]
        if self._next == len(self._lines):
            msg = f"{prompt.removesuffix(': ')}: there are only {len(self._lines)} lines of passphrases; add one for it"
            raise ValueError(msg)
        self._next += 1
        return self._lines[self._next - 1]


def _lines_of(data: bytes, name: str) -> list[str]:
    lines = data.decode("utf-8").splitlines()
    if not lines or not all(lines):
        msg = f"{name} holds no passphrase, or an empty line; write one passphrase on each line"
        raise ValueError(msg)
    return lines
