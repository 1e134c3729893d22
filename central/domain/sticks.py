"""What goes on a stick for one appliance that no network reaches: its sealed papers, and which contents they need."""

from central.domain.states import State


class StickPaper(State, frozen=True, kw_only=True):
    """One sealed paper: its kind, and its bytes in base64."""

    kind: str
    envelope: bytes


class StickContent(State, frozen=True, kw_only=True):
    """One content that the papers name."""

    sha256: str
    size_bytes: int
    title: str


class StickSet(State, frozen=True, kw_only=True):
    """All that one appliance needs; `assignment` stands among the papers too, first of them."""

    device: str
    name: str
    area: str
    assignment: bytes
    papers: tuple[StickPaper, ...]
    contents: tuple[StickContent, ...]
