"""What docs/wire.md shows a stranger does what it says: the commands are taken from the page and run."""

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.contract.make_vectors import FOLDER

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "wire.md"
PROGRAMME: Final = "obeyed/programme.dsse.json"
Run = Callable[[Path], "subprocess.CompletedProcess[str]"]


def shown(language: str) -> str:
    """Return the one block of this language under the page's heading for strangers."""
    section = PAGE.read_text(encoding="utf-8").partition("A stranger verifies a programme")[2]
    section = section.partition("\n## ")[0]
    [block] = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(block)


def ran(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command among the vectors."""
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def by_openssl(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Verify with the page's shell commands."""
    return ran(folder, "sh", "-e", "-c", shown("sh"))


def by_python(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Verify with the page's lines of Python; `-I` keeps our own code out of reach."""
    return ran(folder, sys.executable, "-I", "-c", shown("python"), PROGRAMME, "keyring.json")


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Return a copy of the golden documents."""
    return Path(shutil.copytree(FOLDER, tmp_path / "vectors"))


def bend_payload(sealed: bytes) -> bytes:
    """Change one byte of the programme's title and leave the signature as it is."""
    tree = json.loads(sealed)
    payload = base64.b64decode(tree["payload"])
    assert b"sang" in payload
    tree["payload"] = base64.b64encode(payload.replace(b"sang", b"sanh", 1)).decode()
    return json.dumps(tree, separators=(",", ":")).encode()


def bend_signature(sealed: bytes) -> bytes:
    """Change one byte of the signature."""
    tree = json.loads(sealed)
    signature = bytearray(base64.b64decode(tree["signatures"][0]["sig"]))
    signature[40] ^= 1
    tree["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    return json.dumps(tree, separators=(",", ":")).encode()


def bend_type(sealed: bytes) -> bytes:
    """Call the programme a command."""
    return sealed.replace(b"programme.v1", b"command.v1", 1)


@pytest.mark.parametrize("verify", [by_openssl, by_python], ids=["OpenSSL", "Python"])
def test_a_stranger_verifies_the_golden_programme(vectors: Path, verify: Run) -> None:
    """Copied from the page, the commands say that the programme is genuine."""
    told = verify(vectors)
    assert told.returncode == 0, told.stderr
    assert "verified" in told.stdout.lower()


@pytest.mark.refusal(16, 26)
@pytest.mark.parametrize("bend", [bend_payload, bend_signature, bend_type])
@pytest.mark.parametrize("verify", [by_openssl, by_python], ids=["OpenSSL", "Python"])
def test_a_stranger_sees_one_changed_byte(
    vectors: Path, verify: Run, bend: Callable[[bytes], bytes]
) -> None:
    """With a byte of words or signature changed, or another kind's name, the same commands fail."""
    file = vectors / PROGRAMME
    whole = file.read_bytes()
    file.write_bytes(bend(whole))
    assert file.read_bytes() != whole
    assert verify(vectors).returncode != 0


def test_the_page_needs_ten_lines() -> None:
    """The page promises ten lines of Python; blank ones are not counted."""
    assert len([line for line in shown("python").splitlines() if line.strip()]) <= 10
