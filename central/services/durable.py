"""How a file is put in place so that a cut of power leaves the old one or the new one, whole."""

import os
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Have `path` hold `data`: on disk under its name when this returns, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
