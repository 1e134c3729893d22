"""The upload: a posted form with one file in it, read as it comes.

Law of the room: no more of the file is held than the piece at hand. What stands before the file (the form
token, the title) is small and is known before its first byte; nothing may follow it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from edge.web.forms import BadForm

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # the library has it for types alone

MOST_FIELDS: Final = 8
FIELD_BYTES: Final = 1_024
HEADER_BYTES: Final = 1_024


class FileBegins(msgspec.Struct, frozen=True):
    """The file begins; `fields` are those that stood before it."""

    fields: dict[str, str]


Piece = FileBegins | bytes


class Upload:
    """One posted form, fed with the body's bytes."""

    def __init__(self, content_type: str, file: str) -> None:
        """Read a form of this content type whose one file is the field `file`; raises `BadForm`."""
        media, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if media != b"multipart/form-data" or not 0 < len(boundary) <= 70:
            raise BadForm("not a multipart form with a boundary")
        self._file = file
        self._fields: dict[str, str] = {}
        self._header = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._in_file = False
        self._began = self._ended = False
        self._pieces: list[Piece] = []
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._part_named,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }
        self._parser = MultipartParser(
            boundary, callbacks, max_header_count=4, max_header_size=HEADER_BYTES
        )

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """Yield what these bytes hold: the beginning of the file, then its bytes; raises `BadForm`."""
        try:
            self._parser.write(chunk)
        except FormParserError as fault:
            raise BadForm(str(fault)) from fault
        pieces, self._pieces = self._pieces, []
        yield from pieces

    @property
    def whole(self) -> bool:
        """Return whether the file and the form came to their end."""
        return self._ended and self._began

    # --- what the parser meets, in order ---------------------------------------------------------

    def _part_begin(self) -> None:
        if self._began or len(self._fields) >= MOST_FIELDS:
            raise BadForm("a part too many")
        self._headers = {}
        self._header = self._value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _part_named(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = _text(options.get(b"name", b""))
        if not self._name or self._name in self._fields:
            raise BadForm("a part without a name of its own")
        self._in_file = self._name == self._file
        if self._in_file:
            self._began = True
            self._pieces.append(FileBegins(dict(self._fields)))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._pieces.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > FIELD_BYTES:
            raise BadForm(f"the field {self._name!r} is too long")

    def _part_end(self) -> None:
        if not self._in_file:
            self._fields[self._name] = _text(self._value)
        self._value = b""

    def _end(self) -> None:
        self._ended = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise BadForm("not UTF-8") from fault
