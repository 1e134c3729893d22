"""How the log is written: a line of text for people, or one JSON object a line for a collector.

Law of the room: one record is one line, whatever strangers wrote into it; what opens a door (tokens, passwords,
secrets) is masked before it is written, for logs travel further than databases.
"""

import logging
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal

import msgspec

from contract.masking import masked
from contract.one_line import indented, one_line

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
TEXT_FORM: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class OneLine(logging.Formatter):
    """One line for each message, whatever strangers wrote into it; a traceback stands behind bars."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the parent's name
        """Return the line."""
        return one_line(masked(super().formatMessage(record)))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802  the parent's name
        """Return the traceback."""
        return indented(masked(super().formatException(ei)))


class JsonLine(logging.Formatter):
    """One JSON object for each record: time (UTC), level, logger, message, process, thread, and the fault if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            "process": record.process,
            "thread": record.threadName,
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["fault"] = record.exc_info[0].__name__
            fields["trace"] = masked(self.formatException(record.exc_info))
        return msgspec.json.encode(fields).decode("utf-8")


def formatter(form: Literal["text", "json"]) -> logging.Formatter:
    """Return how records are written in this form."""
    return JsonLine() if form == "json" else OneLine(TEXT_FORM)
