"""The command line: areas, people and tables without a running server."""

import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from central.__main__ import main
from contract.testing import Authority
from tests.central import postgres
from tests.central.serving import Served, run_cli
from tests.central.setting import AREAS, PASSWORD, real_now, write_site

Verb = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bare(tmp_path: Path) -> Served:
    """A site with nothing in it."""
    authority = Authority.make("dt", now=real_now())
    return Served(write_site(tmp_path / "site", authority), authority)


@pytest.fixture
def verb(bare: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Runs one verb in this process, to which `said` is said; gives its exit code and what it said itself."""

    def run(*arguments: str, said: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        code = main([*arguments, "--config", str(bare.config)])
        return code, *capsys.readouterr()

    return run


def test_areas_and_people_are_added_and_a_person_can_sign_in(bare: Served, verb: Verb) -> None:
    """Import, add, add a second role without asking for another password, then use it at a real server."""
    areas = bare.config.parent / "areas.csv"
    areas.write_text("path,name\n" + "".join(f"{a.path},{a.name}\n" for a in AREAS), "utf-8")
    for counted in ("4 added", "4 unchanged"):
        code, out, _ = verb("area", "import", str(areas))
        assert (code, counted in out) == (0, True), out
    add = ("user", "add", "lan", "--area", "dt", "--role")
    assert verb(*add, "editor", said=f"{PASSWORD}\n") == (0, "lan: editor at dt\n", "")
    assert verb(*add, "viewer", said="something else\n") == (0, "lan: viewer at dt\n", "")
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
    verb: Verb, arguments: tuple[str, ...], said: str, words: str
) -> None:
    """A refusal ends with 1 and one sentence, never with a traceback, and says nothing else."""
    code, out, err = verb(*arguments, said=said)
    assert (code, out, err.count("\n"), words in err) == (1, "", 1, True), err


def test_the_exit_code_is_that_of_the_verb(bare: Served) -> None:
    """As a process of its own a refused verb ends with 1, its one sentence on standard error."""
    done = run_cli("area", "import", "nowhere.csv", "--config", str(bare.config))
    assert (done.returncode, done.stdout) == (1, "")
    assert "nowhere.csv" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_migrate_prepares_the_tables(bare: Served) -> None:
    """The tables can be brought up to date before the first start."""
    assert "up to date" in bare.run("migrate").stdout
    assert postgres.is_chosen() or (bare.config.parent / "central.db").is_file()
