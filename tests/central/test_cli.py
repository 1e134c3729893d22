"""The command line: areas, people and tables without a running server."""

from pathlib import Path

import httpx
import pytest

from contract.testing import Authority
from tests.central import postgres
from tests.central.serving import Served, run_cli
from tests.central.setting import AREAS, PASSWORD, real_now, write_site


@pytest.fixture
def bare(tmp_path: Path) -> Served:
    """A site with nothing in it."""
    authority = Authority.make("dt", now=real_now())
    return Served(write_site(tmp_path / "site", authority), authority)


def test_areas_and_people_are_added_and_a_person_can_sign_in(bare: Served) -> None:
    """Import, add, add a second role without asking for another password, then use it."""
    areas = bare.config.parent / "areas.csv"
    areas.write_text("path,name\n" + "".join(f"{a.path},{a.name}\n" for a in AREAS), "utf-8")
    assert "4 added" in bare.run("area", "import", str(areas)).stdout
    assert "4 unchanged" in bare.run("area", "import", str(areas)).stdout
    add = ("user", "add", "lan", "--area", "dt", "--role")
    assert bare.run(*add, "editor", said=f"{PASSWORD}\n").stdout == "lan: editor at dt\n"
    bare.run(*add, "viewer", said="something else\n")
    bare.start()
    with httpx.Client(base_url=f"{bare.url}/api/v1", trust_env=False) as client:
        asked = {"name": "lan", "password": PASSWORD}
        answer = client.post("/session", json=asked).json()
        client.headers["authorization"] = f"Bearer {answer['token']}"
        roles = {grant["role"] for grant in client.get("/me").json()["grants"]}
        assert client.delete("/session").status_code == 204
        assert client.get("/me").status_code == 401
    assert roles == {"editor", "viewer"}
    assert bare.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "said", "words"),
    [
        (("user", "add", "lan", "--role", "editor", "--area", "dt"), "ngắn\n", "ít nhất 10"),
        (
            ("user", "add", "lan", "--role", "editor", "--area", "dt/x"),
            PASSWORD,
            "Không có địa bàn",
        ),
        (("area", "import", "nowhere.csv"), "", "nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    bare: Served, arguments: tuple[str, ...], said: str, words: str
) -> None:
    """A refusal ends with 1 and a sentence, never with a traceback, and leaves nothing behind."""
    done = run_cli(*arguments, "--config", str(bare.config), said=said)
    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_prepares_the_tables(bare: Served) -> None:
    """The tables can be brought up to date before the first start."""
    assert "up to date" in bare.run("migrate").stdout
    assert postgres.is_chosen() or (bare.config.parent / "central.db").is_file()
