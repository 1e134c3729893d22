"""Three years of a province, row by row, always the same for the same seed: who plays what, when, and how it went."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from central.domain.areas import Area
from central.domain.tally import ZONE, reason_of

HOURS = (time(5, 0), time(17, 0), time(11, 0), time(19, 0), time(6, 0), time(18, 0))
WHYS = (
    ("Mất điện lúc 05:48, có lại lúc 06:02", 30),
    ("Nhường: Khẩn cấp: Cảnh báo lũ", 3),
    ("Nhường: Theo lịch “Thời sự”.", 8),
    ("Không đo được tiếng ở đầu ra: kiểm tra dây loa.", 20),
    ("Nguồn tiếp sóng không có tín hiệu.", 14),
    ("Âm thanh đo được ngắn hơn yêu cầu.", 12),
    ("Máy phát gặp lỗi khi đang phát.", 6),
    ("cán bộ xã bỏ qua.", 5),
    ("", 2),
)
STREAM = "stream:https://phat-thanh.example/vov1"
NEWS_A_YEAR = 60  # of each commune


class Appliance(NamedTuple):
    """One appliance: where it stands, and how often it fails."""

    id: str
    area: str
    fails: float
    hears: bool


class Sheet(NamedTuple):
    """One content of the library."""

    sha256: str
    title: str
    area: str
    field: int
    made: date


class PlayLine(NamedTuple):
    """One play in the order of the columns of `COLUMNS`."""

    device: str
    area: str
    field: int
    reason: str
    key: str
    source: str
    title: str
    rank: int
    zones: str
    started: datetime
    asked_ms: int
    sounded_ms: int
    outcome: str
    onset_error_ms: float | None
    level_dbfs: float | None
    heard_pct: int | None
    why: str


COLUMNS = PlayLine._fields


def areas(communes: int, seed: int) -> list[Area]:
    """Return a province, its communes, and five to fifteen hamlets in each."""
    dice = Random(seed)  # noqa: S311  dice, not secrets
    found = [Area(path="dt", name="Tỉnh Đồng Tháp")]
    for c in range(communes):
        commune = f"dt/xa-{c + 1:03}"
        found.append(Area(path=commune, name=f"Xã Số {c + 1}"))
        found += [
            Area(path=f"{commune}/ap-{h + 1}", name=f"Ấp {h + 1}")
            for h in range(dice.randint(5, 15))
        ]
    return found


def spread(ids: Sequence[str], tree: list[Area], seed: int) -> list[Appliance]:
    """Return where each appliance stands: hamlets first, a few at the commune itself."""
    dice = Random(seed + 1)  # noqa: S311  dice, not secrets
    places = [area.path for area in tree if area.depth >= 1]
    return [
        Appliance(
            device,
            places[n % len(places)],
            dice.choice((0.005, 0.01, 0.02, 0.02, 0.04, 0.2)),
            dice.random() < 0.5,
        )
        for n, device in enumerate(ids)
    ]


def sheets(tree: list[Area], last: date, years: int, seed: int) -> dict[str, list[Sheet]]:
    """Return the bulletins of each commune, oldest first."""
    dice = Random(seed + 2)  # noqa: S311  dice, not secrets
    found: dict[str, list[Sheet]] = {}
    for commune in (area for area in tree if area.depth == 1):
        count = NEWS_A_YEAR * years
        days = sorted(dice.randrange(365 * years) for _ in range(count))
        found[commune.path] = [
            Sheet(
                f"{dice.getrandbits(256):064x}",
                f"Bản tin {commune.name}: việc số {n + 1} trong xã",
                commune.path,
                dice.choice((1, 1, 3, 3, 4, 4, 4, 5, 5, 6)),
                last - timedelta(days=365 * years - day),
            )
            for n, day in enumerate(days)
        ]
    return found


def plays_of_day(
    day: date, count: float, appliances: list[Appliance], news: dict[str, list[Sheet]], seed: int
) -> Iterator[PlayLine]:
    """Yield the plays of one day: so many for each appliance on average, at the usual hours."""
    dice = Random(seed * 1_000_003 + day.toordinal())  # noqa: S311  dice, not secrets
    whys, weights = [why for why, _ in WHYS], [weight for _, weight in WHYS]
    urgent = dice.random() < 0.02
    newest = {commune: _newest(found, day) for commune, found in news.items()}
    for number in range(int(count) + (dice.random() < count % 1)):
        wall = HOURS[number % len(HOURS)]
        starts = datetime.combine(day, wall, ZONE).astimezone(UTC) + timedelta(minutes=number // 6)
        stamp = f"{starts:%Y%m%dT%H%M%SZ}"
        for unit in appliances:
            bulletin = newest["/".join(unit.area.split("/")[:2])] if number % 2 else None
            rank = 7 if urgent and number == 0 else 3 if dice.random() < 0.1 else 2
            asked_ms = 900_000 if bulletin is None else 600_000
            fate = dice.random()
            if fate >= unit.fails:
                outcome, sounded_ms, why = "sounded", asked_ms - dice.randrange(2_000), ""
            else:
                silent = fate < unit.fails / 3
                outcome = "silent" if silent else "partly"
                sounded_ms = 0 if silent else dice.randrange(1_000, asked_ms)
                (why,) = dice.choices(whys, weights)
            yield PlayLine(
                unit.id,
                unit.area,
                0 if bulletin is None else bulletin.field,
                str(reason_of(outcome, why)),
                f"slot/s{number}/{stamp}/0",
                STREAM if bulletin is None else bulletin.sha256,
                "Tiếp sóng thời sự" if bulletin is None else bulletin.title,
                rank,
                '["duong"]',
                starts,
                asked_ms,
                sounded_ms,
                outcome,
                18.0 if sounded_ms else None,
                -16.5 if sounded_ms else None,
                97 if unit.hears and sounded_ms else None,
                why,
            )


def _newest(found: list[Sheet], day: date) -> Sheet:
    before = [sheet for sheet in found if sheet.made <= day]
    return before[-1] if before else found[0]
