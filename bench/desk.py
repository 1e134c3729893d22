"""What the emergency desk costs the processor with 10,000 appliances: looking ahead, the board, the calls, a shape.

A real house with its own keys and database, programmes of every hamlet published; nothing goes over a network. CPU
seconds of this process, the best and the worst of some runs; the first look ahead (nothing remembered) stands alone.
Bar: a look ahead at most 200 ms.

    python bench/desk.py [--appliances 10000] [--communes 102] [--keep]
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from datetime import time as clock
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.publish import fill  # noqa: E402
from central.config import load_settings  # noqa: E402
from central.db.care import DeviceHealthRow  # noqa: E402
from central.db.fleet import DeviceRow  # noqa: E402
from central.domain.alarms import AlarmDraft  # noqa: E402
from central.domain.drawn import Corner  # noqa: E402
from central.domain.people import Grant, Person, PersonRole  # noqa: E402
from central.services import announcement_named, open_house, publish, take_announcement  # noqa: E402
from central.services.alarms_ahead import ahead  # noqa: E402
from central.services.alarms_board import BoardAsked, board  # noqa: E402
from central.services.alarms_calls import call_list  # noqa: E402
from central.services.alarms_drawn import drawn  # noqa: E402
from central.services.care import fill_missing  # noqa: E402
from central.services.unit import House  # noqa: E402
from contract.testing import Authority  # noqa: E402
from tests.central.setting import real_now, write_site  # noqa: E402

BAR_MS = 200.0
RUNS = 15
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
RESULT = ROOT / "bench" / "results" / "desk.json"
OFFICER = Person(id=1, name="hoa", grants=(Grant(role=PersonRole.EMERGENCY, area="dt"),))
DRAFT = AlarmDraft(areas=("dt",), event="Lũ", headline="Cảnh báo lũ", text="Nước lên nhanh. " * 8)
SQUARE = tuple(
    Corner(latitude_deg=lat, longitude_deg=lon)
    for lat, lon in ((10.0, 105.5), (10.0, 106.0), (10.4, 106.0), (10.4, 105.5))
)


def spend_ms(work: Callable[[], object]) -> float:
    """Return the milliseconds of this process's CPU that the work took."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1_000


def place(house: House) -> None:
    """Put every appliance on the map, and let nine of ten be heard of now."""
    fill_missing(house)
    now = house.clock()
    with house.writing() as unit:
        ids = [row.device for row in unit.session.query(DeviceHealthRow)]
        rows = [
            {"device": device, "latitude_deg": 10.0 + n % 100 / 100, "longitude_deg": 105.5 + n // 100 / 100}
            for n, device in enumerate(ids)
        ]  # fmt: skip
        unit.session.execute(update(DeviceHealthRow), rows)
        seen = [{"id": device, "last_seen": now} for n, device in enumerate(ids) if n % 10]
        unit.session.execute(update(DeviceRow), seen)


def main() -> None:
    """Fill, publish, look, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appliances", type=int, default=10_000)
    parser.add_argument("--communes", type=int, default=102)
    parser.add_argument("--keep", action="store_true", help="write bench/results/desk.json")
    asked = parser.parse_args()
    authority = Authority.make("dt", now=real_now())
    with tempfile.TemporaryDirectory(prefix="tienglang-desk-") as folder:
        house = open_house(load_settings(write_site(Path(folder), authority)))
        fill(house, authority, asked.appliances, asked.communes)
        place(house)
        publish(house, "dt", who=None, now=house.clock())
        figures = measure(house, authority)
        house.close()
    found = {
        "what": "CPU of the emergency desk, milliseconds",
        "appliances": asked.appliances,
        "communes": asked.communes,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": os.getloadavg()[0],
        "bar_ms": {"ahead": BAR_MS},
        "figures_ms": figures,
    }
    print(json.dumps(found, indent=2, ensure_ascii=False))
    if asked.keep:
        RESULT.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")


def measure(house: House, authority: Authority) -> dict[str, dict[str, float]]:
    """Return the best, middle and worst of each view."""
    paper = authority.announce(["dt"], sent=house.clock())
    with house.writing() as unit:
        alarm = take_announcement(unit, paper, who=None, now=house.clock()).id

    def looking() -> object:
        with house.reading() as unit:
            return ahead(unit, DRAFT, who=OFFICER, now=house.clock())

    today = datetime.now(HERE).date()
    evening = datetime.combine(today, clock(17, 29), HERE)  # as the bulletins of all communes begin

    def looking_at_five() -> object:
        with house.reading() as unit:
            return ahead(unit, DRAFT, who=OFFICER, now=evening)

    def following() -> object:
        with house.reading() as unit:
            state = announcement_named(unit, alarm, now=house.clock())
            return board(unit, state, BoardAsked(), who=OFFICER, now=house.clock())

    def calling() -> object:
        with house.reading() as unit:
            state = announcement_named(unit, alarm, now=house.clock())
            return call_list(unit, state, who=OFFICER, now=house.clock())

    def shaping() -> object:
        with house.reading() as unit:
            return drawn(unit, SQUARE, who=OFFICER)

    first = spend_ms(looking)
    evening_ms = spend_ms(looking_at_five)
    found = {
        "ahead, nothing remembered": {"once": round(first, 1)},
        "ahead at 17:29, nothing remembered": {"once": round(evening_ms, 1)},
    }
    for name, work in (
        ("ahead", looking), ("ahead at 17:29", looking_at_five), ("board", following),
        ("calls", calling), ("shape", shaping),
    ):  # fmt: skip
        took = sorted(spend_ms(work) for _ in range(RUNS))
        found[name] = {
            "best": round(took[0], 1), "middle": round(took[RUNS // 2], 1), "worst": round(took[-1], 1),
        }  # fmt: skip
    return found


if __name__ == "__main__":
    main()
