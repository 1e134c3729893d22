"""Claim sheets: read back from the PDF as a person would, with the QR code read from its squares."""

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno

from central.services.site_import import import_sites
from contract.enrolment import Standing
from contract.testing import Authority
from provisioning.__main__ import main
from provisioning.sheets import STEPS, Issued, Place, Sheet, drawn, read_places, sheets_of
from tests.central.calling import Caller
from tests.central.serving import Served
from tests.central.setting import PASSWORD, Province, write_site

CENTRAL = "https://loa.dong-thap.vi-du.vn"
ENDS = datetime(2026, 12, 5, 7, 30, tzinfo=UTC)
TABLE = (
    "id,title,area,zones\n"
    "my-phong-cho,Cụm loa Chợ Mỹ Phong – Ngã Ba Đường Lộ Đỏ,dt/my-phong,san:17\n"
    "tan-hoi-dinh,Đình Tân Hội,dt/tan-hoi,\n"
)


def pages(pdf: Path) -> list[str]:
    """Return the text of each page as a PDF reader of Debian finds it, words on one line."""
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(pdf), "-"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return [" ".join(page.split()) for page in done.stdout.split("\f") if page.strip()]


def sheet(title: str = "Cụm loa Chợ", code: str = "ABCDE-12345") -> Sheet:
    """Return one sheet."""
    return Sheet(Place("cho", title, "dt/my-phong/kp-1"), Issued(code, ENDS))


def test_a_sheet_says_all_that_the_installer_needs(tmp_path: Path) -> None:
    """One A5 page a place: title, area, code, end in local time, address and five steps, with every diacritic."""
    file = tmp_path / "phieu.pdf"
    title = "Cụm loa Chợ Mỹ Phong – Ngã Ba Đường Lộ Đỏ ắằẳẵặ ếềểễệ ốồổỗộ ứừửữự ỳỷỹỵ"
    file.write_bytes(drawn([sheet(title), sheet(code="WWWWW-MMMMM")], CENTRAL))
    first, second = pages(file)
    for words in (
        "PHIẾU NHẬN MÁY",
        title,
        "dt/my-phong/kp-1",
        "Mã nhận máy",
        "ABCDE-12345",
        "14:30 ngày 05/12/2026",
        *(f"{number}. {step}" for number, step in enumerate(STEPS, 1)),
        "/console/install/sites/cho",
    ):
        assert words in first, words
    assert "WWWWW-MMMMM" in second
    assert "ABCDE-12345" not in second
    told = subprocess.run(
        ["pdfinfo", str(file)], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    assert "Pages:           2" in told
    assert re.search(r"Page size: +419\.\d+ x 595\.\d+ pts", told)


def test_nothing_runs_off_the_page(tmp_path: Path) -> None:
    """Also with the longest title and the longest address each sheet stays one page, its address at the foot."""
    long = Place("a" * 40, "Ngã tư đường " * 15, "dt/" + "my-phong/" * 20)
    file = tmp_path / "phieu.pdf"
    file.write_bytes(drawn([Sheet(long, Issued("ABCDE-12345", ENDS))], CENTRAL))
    (only,) = pages(file)
    assert STEPS[-1] in only
    assert "a" * 40 in only.replace(" ", "")


def test_a_table_of_central_is_read_and_every_fault_told(tmp_path: Path) -> None:
    """Other columns are left alone; codes of the table are read with their end; all faults come at once."""
    assert read_places(TABLE)[1] == Place("tan-hoi-dinh", "Đình Tân Hội", "dt/tan-hoi")
    own = "id;title;area;code;expires\ncho;Chợ;dt;abcde 12345;2026-12-05T14:30:00+07:00\n"
    assert read_places(own) == (Place("cho", "Chợ", "dt", "ABCDE-12345", ENDS),)
    head = "id,title,area,code,expires\n"
    with pytest.raises(ValueError, match=r"line 2.*line 3.*line 4.*line 5") as refused:
        read_places(
            head
            + ",Chợ,dt,,\n"
            + "a,Chợ,dt,ABCDE-12345,\n"
            + "b,Chợ,dt,U,2026-12-05T14:30:00+07:00\n"
            + "c,Chợ,dt,ABCDE-12345,2026-12-05T14:30:00\n"
        )
    assert "belong together" in str(refused.value)
    for text, word in (("id,title\n", "area"), (head, "no place")):
        with pytest.raises(ValueError, match=word):
            read_places(text)


def test_a_place_without_a_code_is_named() -> None:
    """Without central and without codes nothing is drawn: each place that lacks one is named."""
    places = read_places(TABLE)
    with pytest.raises(ValueError, match="my-phong-cho, tan-hoi-dinh"):
        sheets_of(places, {})
    issued = {place.site: Issued("ABCDE-12345", ENDS) for place in places}
    assert [made.place.site for made in sheets_of(places, issued)] == [p.site for p in places]


def test_the_verb_writes_a_file_for_its_owner_once(tmp_path: Path) -> None:
    """A table with codes needs no central; the file is readable by its owner alone and never written over."""
    table, out = tmp_path / "noi-lap.csv", tmp_path / "phieu.pdf"
    table.write_text(
        "id,title,area,code,expires\ncho,Chợ,dt,ABCDE-12345,2026-12-05T14:30:00+07:00\n", "utf-8"
    )
    words = ["sheets", str(table), "--out", str(out), "--central", CENTRAL]
    assert main(words) == 0
    assert out.stat().st_mode & 0o077 == 0
    before = out.read_bytes()
    assert main(words) == 1
    assert out.read_bytes() == before


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Central as a real process, with places planned."""
    folder = tmp_path_factory.mktemp("sheets") / "site"
    authority = Authority.make("dt", now=datetime.now(UTC).replace(microsecond=0))
    province = Province(folder, authority)
    with province.house.writing() as unit:
        import_sites(unit, TABLE, who=None, now=province.now)
    province.house.close()
    served = Served(write_site(folder, authority), authority)
    served.prepare()
    served.start()
    yield served
    served.stop()


def run(
    table: Path, out: Path, *more: str, said: str = PASSWORD
) -> "subprocess.CompletedProcess[str]":
    """Run the verb as an office does, the password on standard input."""
    command = [sys.executable, "-m", "provisioning", "sheets", str(table), "--out", str(out)]
    return subprocess.run(
        [*command, *more],
        input=f"{said}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_central_issues_the_codes_of_the_sheets(served: Served, tmp_path: Path) -> None:
    """Asked with a person's password, central gives a code for each place; the appliance takes the printed one."""
    table, out = tmp_path / "noi-lap.csv", tmp_path / "phieu.pdf"
    table.write_text(TABLE, "utf-8")
    there = ("--central", served.url, "--person", "lan", "--hours", "72")
    wrong = run(table, out, *there, said="sai rồi")
    assert (wrong.returncode, out.exists()) == (1, False)
    assert "401" in wrong.stderr
    done = run(table, out, *there)
    assert done.returncode == 0, done.stderr
    first, _ = pages(out)
    code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", first)
    assert code
    assert f"{served.url}/console/install/sites/my-phong-cho" in first
    assert Caller(served).introduce(code[0]).standing is Standing.MATCHED


def test_central_says_why_it_issues_none(served: Served, tmp_path: Path) -> None:
    """For a place that nobody planned there is no code for any: the reason is central's own sentence."""
    table, out = tmp_path / "noi-lap.csv", tmp_path / "phieu.pdf"
    table.write_text(TABLE + "khong-co,Không có,dt,\n", "utf-8")
    done = run(table, out, "--central", served.url, "--person", "lan")
    assert (done.returncode, out.exists()) == (1, False)
    assert "central answered" in done.stderr


@pytest.mark.parametrize(
    ("central", "word"),
    [("http://loa.vi-du.vn", "must be https"), ("ftp://127.0.0.1", "must be https")],
)
def test_a_password_goes_over_tls_alone(tmp_path: Path, central: str, word: str) -> None:
    """To another machine without TLS nothing is sent."""
    table = tmp_path / "noi-lap.csv"
    table.write_text(TABLE, "utf-8")
    done = run(table, tmp_path / "phieu.pdf", "--central", central, "--person", "lan")
    assert done.returncode == 1
    assert word in done.stderr


def test_the_qr_code_is_the_address_of_the_page() -> None:
    """The squares in the PDF are those of the QR code of the place's page."""
    pdf = drawn([sheet()], CENTRAL)
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    page = next(s for s in map(_unpacked, streams) if b" re f" in s)
    squares = len(re.findall(rb" re f\b", page))
    made = segno.make(f"{CENTRAL}/console/install/sites/cho", error="m", micro=False)
    assert squares == sum(map(sum, made.matrix))


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
