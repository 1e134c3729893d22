"""The faults of the link: what can go wrong between here and central, by whose fault.

Law of the room: each fault has two sentences. Its text is for the log and its reader; `why` is for staff, in
Vietnamese: what is wrong and what to do, and in parentheses what the machine says.
"""

from typing import Final

import msgspec

LOST: Final = (
    "mất liên lạc với máy chủ của tỉnh: kiểm tra cáp mạng và SIM; nếu mạng vẫn tốt thì báo tỉnh"
)
CUT: Final = "đường truyền tới tỉnh bị ngắt hoặc quá chậm: kiểm tra cáp mạng và SIM; máy tự thử lại"
BUSY: Final = "máy chủ của tỉnh đang bận hoặc bảo trì: máy tự thử lại; báo tỉnh nếu kéo dài"
DENIED: Final = "máy chủ của tỉnh từ chối: hãy báo tỉnh"
NOT_THERE: Final = "máy chủ của tỉnh không có thứ đang cần: hãy báo tỉnh"
BROKEN: Final = "máy chủ của tỉnh trả lời không đúng quy cách: hãy báo tỉnh"
REDIRECTED: Final = (
    "mạng dẫn sang nơi khác thay vì máy chủ của tỉnh: kiểm tra tiền cước SIM hoặc trang đăng nhập"
    " Wi-Fi, rồi báo tỉnh"
)
NOT_PROVED: Final = (
    "chưa xác nhận được đúng máy chủ của tỉnh: kiểm tra ngày giờ của máy và mạng, rồi báo tỉnh"
)
SAID_CHARS: Final = 120
DEEPEST: Final = 10


class LinkError(Exception):
    """The parent of all that can go wrong between here and central; never raised itself."""

    def __init__(self, what: str, why: str) -> None:
        """Keep the log's sentence and that of staff."""
        super().__init__(what)
        self.why = why


class LinkDown(LinkError):
    """Central cannot be reached or cannot answer just now: try again, not before `retry_after_s`."""

    def __init__(self, what: str, retry_after_s: float = 0.0, *, why: str = CUT) -> None:
        """Keep the sentences and how long central asked us to wait."""
        super().__init__(what, why)
        self.retry_after_s = retry_after_s


class LinkDenied(LinkError):
    """Central understood and said no, with HTTP `status` and its `answer`: asking again changes nothing."""

    def __init__(self, what: str, status: int, answer: bytes = b"") -> None:
        """Keep what central said; its own sentence for people, where it gave one, is told to staff."""
        said = _sentence_in(answer)
        detail = f"HTTP {status}: {said}" if said else f"HTTP {status}"
        super().__init__(what, f"{NOT_THERE if status == 404 else DENIED} ({detail})")
        self.status = status
        self.answer = answer


class LinkBroken(LinkError):
    """The answer broke the rules of the wire (too large, cut off, a redirect): central or the way is at fault."""

    def __init__(self, what: str, *, why: str = "") -> None:
        """Keep the sentences; without `why` staff are told that central is at fault, and the log's words."""
        super().__init__(what, why or f"{BROKEN} ({what})")


class _Denial(msgspec.Struct, frozen=True):
    why: str = ""


def _sentence_in(answer: bytes) -> str:
    """Return the sentence of central's refusal as it writes it for people; empty where there is none."""
    try:
        return msgspec.json.decode(answer, type=_Denial).why[:SAID_CHARS]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def root_of(error: Exception) -> str:
    """Return what the system said below an error of a library, or else the error's name."""
    said = type(error).__name__
    below: BaseException | None = error
    for _ in range(DEEPEST):
        if below is None:
            break
        if isinstance(below, OSError) and below.strerror:
            said = below.strerror
        below = below.__cause__ or below.__context__
    return said
