"""A sealed set as somebody puts it on a stick."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def write_set(directory: Path, papers: Iterable[bytes], contents: Iterable[bytes] = ()) -> Path:
    """Write `tienglang/` with these papers and contents into `directory` and return that folder."""
    top = directory / "tienglang"
    for name in ("papers", "contents"):
        (top / name).mkdir(parents=True, exist_ok=True)
    for number, sealed in enumerate(papers):
        (top / "papers" / f"{number:03}.json").write_bytes(sealed)
    for data in contents:
        (top / "contents" / hashlib.sha256(data).hexdigest()).write_bytes(data)
    return top
