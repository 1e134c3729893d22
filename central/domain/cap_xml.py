"""Strangers' XML, opened safely: the one door to the parser.

Law of the room: no document type, no entities, nothing fetched; bytes, elements and depth are bounded before anything
is looked at. What is refused is refused by its name.
"""

from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from central.domain.cap import MOST_BYTES, CapRefused

MOST_ELEMENTS: Final = 60_000
MOST_DEPTH: Final = 24


class _Bounded(TreeBuilder):
    """A tree that stops growing in time."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Open an element; raises `CapRefused` beyond the bounds."""
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > MOST_DEPTH:
            why = f"Tệp XML có quá {MOST_ELEMENTS} phần tử hoặc lồng nhau quá {MOST_DEPTH} lớp, không nhận."
            raise CapRefused(why, "xml-too-large")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def xml_root(data: bytes, most_bytes: int = MOST_BYTES) -> Element:
    """Return the root element; raises `CapRefused` for what is too large, has a document type, or is no XML."""
    if len(data) > most_bytes:
        why = f"Tệp XML lớn hơn {most_bytes // 1_000_000} MB, không nhận."
        raise CapRefused(why, "xml-too-large")
    parser = XMLParser(
        target=_Bounded(), forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        parser.feed(data)
        root = parser.close()
    except DefusedXmlException as fault:
        why = (
            "Tệp XML có khai báo DOCTYPE hoặc thực thể (entity). Tin cảnh báo CAP không cần chúng, và chúng "
            "có thể dùng để tấn công máy chủ: không nhận."
        )
        raise CapRefused(why, "xml-doctype") from fault
    except ParseError as fault:
        line, column = fault.position
        why = (
            f"Tệp không phải XML đúng (dòng {line}, cột {column}): {str(fault).partition(':')[0]}."
        )
        raise CapRefused(why, "xml-broken") from fault
    except (LookupError, ValueError) as fault:
        raise CapRefused("Tệp XML dùng bảng mã chữ không đọc được.", "xml-encoding") from fault
    if not isinstance(root, Element):
        raise CapRefused("Tệp XML rỗng.", "xml-broken")
    return root


def split_tag(tag: str) -> tuple[str, str]:
    """Return namespace and name of an element's tag."""
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name
