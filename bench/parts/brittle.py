"""A system whose calls fail on demand: the n-th of them, each in its turn.

Law: only the functions of the module `os` that change a disk are wrapped, while the context lasts; what fails
has not happened, but that a short write has taken half. For one thread.
"""

import errno
import os
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Any, Final, Self

CALLS: Final = ("open", "write", "fsync", "replace", "rename", "unlink", "truncate", "mkdir")


class Fault(Enum):
    """How a call fails. SHORT takes half of a write and then is full; GONE is the end of the process, there."""

    ENOSPC = errno.ENOSPC
    EIO = errno.EIO
    EROFS = errno.EROFS
    SHORT = -1
    GONE = -2


class Gone(BaseException):
    """The process ended here."""


class Brittle:
    """Let the calls from number `fails_at` (from 0) on fail by `fault`, `times` of them; `names` lists all calls."""

    def __init__(
        self, fails_at: int | None = None, fault: Fault = Fault.EIO, times: int = 1
    ) -> None:
        self.names: list[str] = []
        self.gone = False
        self._fails_at = fails_at
        self._fault = fault
        self._times = times
        self._whole: dict[str, Callable[..., Any]] = {}

    def __enter__(self) -> Self:
        """Wrap."""
        for name in CALLS:
            self._whole[name] = getattr(os, name)
            setattr(os, name, self._wrapped(name))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Unwrap; the end of the process goes no further."""
        for name, whole in self._whole.items():
            setattr(os, name, whole)
        self.gone = kind is Gone
        return self.gone

    def _wrapped(self, name: str) -> Callable[..., Any]:
        whole = self._whole[name]

        def call(*args: Any, **words: Any) -> Any:  # noqa: ANN401  the system's own arguments
            number = len(self.names)
            self.names.append(name)
            if self._fails_at is None or number < self._fails_at:
                return whole(*args, **words)
            if self._fault is Fault.GONE:
                raise Gone
            if number >= self._fails_at + self._times:
                return whole(*args, **words)
            if self._fault is Fault.SHORT and name == "write" and number == self._fails_at:
                handle, data = args
                return whole(handle, bytes(data)[: len(data) // 2])
            code = errno.ENOSPC if self._fault is Fault.SHORT else self._fault.value
            raise OSError(code, os.strerror(code))

        return call
