"""Verbs that hand out evaluations and lists of plays as files, streamed.

Law of the room: a file says what the page says, for it is made of the same answers; who took which is in the audit log.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from central.domain.errors import Unacceptable
from central.domain.evaluation import Filter, PlayLine
from central.domain.people import Person
from central.domain.periods import Period
from central.services.evaluation import evaluate
from central.services.play_lists import MOST_LINES, Asked, asked, page_of_plays, sums_of_plays
from central.services.report_cells import MOST_SHEET_ROWS, csv_of, csv_of_tables
from central.services.report_tables import LINE_HEAD, LOCAL, Cell, Paper, share, tables_of
from central.services.unit import House

_TOO_MANY: Final = (
    "Danh sách dài hơn {most} lượt phát, quá một bảng tính. "
    "Hãy chọn kỳ ngắn hơn, địa bàn nhỏ hơn, hoặc tải tệp CSV."
)


def export_evaluation(
    house: House,
    area: str,
    period: Period,
    *,
    form: str,
    wanted: Filter,
    paper: Paper | None = None,
    who: Person | None,
    now: datetime,
) -> Iterator[bytes]:
    """Return the evaluation as `csv`, `xlsx` or `pdf`, to be streamed; raises as `evaluate` does."""
    with house.reading() as unit:
        found = evaluate(unit, area, period, wanted=wanted, who=who, now=now)
    _note(house, who, f"{form} {period.first} – {period.last}", area, now)
    if form == "pdf":
        from central.services.report_paper import paper_of

        return iter([paper_of(found, paper or Paper(), now=now)])
    if form == "xlsx":
        from central.services.report_sheet import xlsx_of

        return xlsx_of((table.title, table.head, table.rows) for table in tables_of(found))
    return csv_of_tables(tables_of(found))


def export_plays(
    house: House,
    area: str | None,
    period: Period,
    *,
    form: str,
    wanted: Filter,
    who: Person | None,
    now: datetime,
) -> Iterator[bytes]:
    """Return every play of a list as `csv` or `xlsx`, to be streamed.

    Raises `Forbidden`, and `Unacceptable` for a spreadsheet of more than 200,000 plays.
    """
    with house.reading() as unit:
        what = asked(unit, who, area, period, wanted)
        if form == "xlsx":
            _check_length(what, house)
    _note(house, who, f"{form} {period.first} – {period.last}", area or "", now)
    rows = (_row(line) for line in all_lines(house, what))
    if form == "xlsx":
        from central.services.report_sheet import xlsx_of

        return xlsx_of([("Lượt phát", LINE_HEAD, rows)])
    return csv_of(LINE_HEAD, rows)


def all_lines(house: House, what: Asked) -> Iterator[PlayLine]:
    """Yield every line of a list, newest first; each page is read by itself, so nobody is held up meanwhile."""
    after = None
    while True:
        with house.reading() as unit:
            lines, after = page_of_plays(unit, what, after=after, limit=MOST_LINES)
        yield from lines
        if after is None:
            return


def _check_length(what: Asked, house: House) -> None:
    with house.reading() as unit:
        sums = sums_of_plays(unit, what)
    if sums is not None and sums.plays > MOST_SHEET_ROWS:
        raise Unacceptable(
            _TOO_MANY.format(most=f"{MOST_SHEET_ROWS:,}".replace(",", ".")), "too-long"
        )


def _note(house: House, who: Person | None, what: str, area: str, now: datetime) -> None:
    with house.writing() as unit:
        unit.note(who, "export-plays", what, now=now, area=area)


def _row(line: PlayLine) -> tuple[Cell, ...]:
    play = line.play
    at = play.started.astimezone(LOCAL)
    return (
        f"{at:%d/%m/%Y}",
        f"{at:%H:%M:%S}",
        line.device_name,
        play.device,
        line.place,
        line.area,
        play.title,
        line.field_word,
        line.priority_word,
        line.word,
        play.asked_ms / 1_000,
        play.sounded_ms / 1_000,
        play.heard_pct,
        share(play.level_dbfs),
        line.reason_word,
        play.why,
        play.source,
        line.id,
    )
