"""What publishing costs: a province of 10,000 appliances after one edit for all of it, and after one of a commune's.

A real house with its own keys and database; the province's rows are generated, nothing goes over a network. Each
appliance gets its own sealed programme, its line in the signing log and the list of what it may fetch. Bars: the
province at most 10 s, one commune at most 0.5 s.

    python bench/publish.py [--appliances 10000] [--communes 102] [--database URL] [--profile] [--keep]
"""

import argparse
import base64
import cProfile
import hashlib
import json
import os
import platform
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time as wall
from pathlib import Path

import msgspec
from sqlalchemy import func, insert, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from central.config import load_settings  # noqa: E402
from central.db.broadcast import ApprovalRow, ContentRow, ProgrammeRow, SlotRow  # noqa: E402
from central.db.fleet import DeviceRow  # noqa: E402
from central.db.people import AreaRow  # noqa: E402
from central.services import change_slot, open_house, publish, slot_named  # noqa: E402
from central.services.unit import House  # noqa: E402
from contract import codec, seal  # noqa: E402
from contract.documents import Approval, Daily, Kind, Programme, Sha256, Slot, Weekdays, Zone  # noqa: E402
from contract.testing import Authority  # noqa: E402
from tests.central.setting import real_now, write_site  # noqa: E402

PROVINCE_BAR_S = 10.0
COMMUNE_BAR_S = 0.5
HAMLETS = 8
CONTENTS = 120
AT_ONCE = 500
ZONES = (Zone(name="duong", title="Mặt đường", relay_pin=17),)
RESULT = ROOT / "bench" / "results" / "publish.json"


def sha256_of(number: int) -> Sha256:
    """Return the name of the content of this number."""
    return Sha256(hashlib.sha256(str(number).encode()).hexdigest())


def slot(slot_id: str, title: str, at: wall, items: int, first: int) -> Slot:
    """Return half an hour of so many items, from the content `first` on."""
    days = Weekdays(days=frozenset(range(1, 7))) if first % 2 else Daily()
    return Slot(
        id=slot_id,
        title=title,
        recurrence=days,
        start=at,
        window_s=1_800,
        items=tuple(sha256_of((first + n) % CONTENTS) for n in range(items)),
        volume_pct=80,
    )


def slots(communes: int) -> Iterator[tuple[str, Slot]]:
    """Yield (area, slot): four of the province, six of each commune, one of each hamlet."""
    for n, hour in enumerate((5, 11, 17, 19)):
        yield "dt", slot(f"tinh-{n}", f"Bản tin tỉnh {hour} giờ", wall(hour, 0), 6, 10 * n)
    for commune in range(communes):
        for n, hour in enumerate((5, 6, 11, 16, 17, 18)):
            at = wall(hour, 30)
            yield f"dt/xa-{commune}", slot(f"xa-{commune}-{n}", f"Tin xã {n}", at, 4, commune + n)
        for hamlet in range(HAMLETS):
            name = f"ap-{commune}-{hamlet}"
            yield f"dt/xa-{commune}/ap-{hamlet}", slot(name, "Tin ấp", wall(7, 0), 2, hamlet)


def fill(house: House, authority: Authority, appliances: int, communes: int) -> None:
    """Write areas, contents, approvals, appliances and slots."""
    now = house.clock()
    areas = ["dt", *(f"dt/xa-{c}" for c in range(communes))]
    areas += [f"dt/xa-{c}/ap-{h}" for c in range(communes) for h in range(HAMLETS)]
    put(house, AreaRow, ({"path": a, "name": a, "created": now} for a in areas))
    put(house, ContentRow, (content_row(n, now) for n in range(CONTENTS)))
    put(house, ApprovalRow, (approval_row(authority, n, now) for n in range(CONTENTS)))
    put(house, DeviceRow, (device_row(authority, n, communes, now) for n in range(appliances)))
    rows = (
        {
            "id": made.id,
            "area": area,
            "draft": msgspec.json.encode(made, order="deterministic"),
            "published": None,
            "changed": now,
            "changed_by": "bench",
        }
        for area, made in slots(communes)
    )
    put(house, SlotRow, rows)


def content_row(number: int, now: object) -> dict[str, object]:
    """Return the row of a content of three minutes."""
    return {
        "sha256": sha256_of(number),
        "title": f"Bản tin số {number}: lịch lấy nước, tiêm chủng và giá lúa",
        "file_name": f"{number}.mp3",
        "area": "dt",
        "size_bytes": 1_400_000 + number,
        "duration_ms": 180_000,
        "mime": "audio/mpeg",
        "codec": "mp3",
        "loudness_lufs": -19.0,
        "peak_dbfs": -3.0,
        "gain_db": 2.5,
        "uploaded": now,
        "uploaded_by": "bench",
    }


def approval_row(authority: Authority, number: int, now: object) -> dict[str, object]:
    """Return the row of a real approval of a content for the whole province."""
    envelope = authority.approve(sha256_of(number), "dt")
    held = seal.read_envelope(envelope)
    document = codec.decode(Kind.APPROVAL, held.payload)
    if not isinstance(document, Approval):
        raise SystemExit("the authority signed something that is no approval")
    return {
        "payload_sha256": held.payload_sha256,
        "sha256": sha256_of(number),
        "area": "dt",
        "title": f"Bản tin số {number}",
        "issued": document.issued,
        "not_after": document.not_after,
        "envelope": envelope,
        "taken": now,
        "taken_by": "bench",
    }


def device_row(authority: Authority, number: int, communes: int, now: object) -> dict[str, object]:
    """Return the row of an appliance in one of the hamlets, with a real assignment."""
    key = base64.b64encode(hashlib.sha256(b"loa %d" % number).digest()).decode()
    area = f"dt/xa-{number % communes}/ap-{number // communes % HAMLETS}"
    envelope = authority.assign(key, area, name=f"Cụm loa {number}", zones=ZONES)
    return {
        "id": seal.device_id(key),
        "public_key": key,
        "name": f"Cụm loa {number}",
        "area": area,
        "epoch": 1,
        "time_zone": "Asia/Ho_Chi_Minh",
        "zones": ["duong"],
        "assignment": envelope,
        "assignment_etag": hashlib.sha256(envelope).hexdigest(),
        "assigned": now,
    }


def put(house: House, table: type, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows, many at once."""
    waiting = list(rows)
    with house.writing() as unit:
        for first in range(0, len(waiting), AT_ONCE):
            unit.session.execute(insert(table), waiting[first : first + AT_ONCE])


def edit(house: House, slot_id: str, minute: int) -> None:
    """Move a slot by some minutes, as a draft."""
    with house.writing() as unit:
        held = slot_named(unit, slot_id).slot
        moved = msgspec.structs.replace(held, start=held.start.replace(minute=minute))
        change_slot(unit, moved, who=None, now=house.clock())


def timed(work: Callable[[], object], *, profile: bool = False) -> float:
    """Return the seconds that the work took, with its profile printed where wanted."""
    watch = cProfile.Profile() if profile else None
    begun = time.perf_counter()
    if watch is not None:
        watch.runcall(work)
    else:
        work()
    took_s = time.perf_counter() - begun
    if watch is not None:
        pstats.Stats(watch).sort_stats("cumulative").print_stats(45)
    return took_s


def sample(house: House) -> tuple[int, int]:
    """Return how many programmes there are, and how large one of them is in bytes; each must decode."""
    with house.reading() as unit:
        count = unit.session.scalar(select(func.count()).select_from(ProgrammeRow)) or 0
        row = unit.session.scalars(select(ProgrammeRow).limit(1)).one()
    payload = seal.read_envelope(row.envelope).payload
    if not isinstance(codec.decode(Kind.PROGRAMME, payload), Programme):
        raise SystemExit("an appliance was told something that is no programme")
    return count, len(payload)


def main() -> None:
    """Generate, publish, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appliances", type=int, default=10_000)
    parser.add_argument("--communes", type=int, default=102)
    parser.add_argument(
        "--database", default="", help="an empty one; SQLite in a new folder if not given"
    )
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--keep", action="store_true", help="write bench/results/publish.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="publish-") as folder:
        authority = Authority.make("dt", now=real_now())
        changes = {"database": asked.database} if asked.database else {}
        house = open_house(load_settings(write_site(Path(folder), authority, **changes)))
        fill(house, authority, asked.appliances, asked.communes)
        told: dict[str, object] = {
            "appliances": asked.appliances,
            "communes": asked.communes,
            "database": house.engine.dialect.name,
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        }
        told["first_publication_s"] = round(timed(lambda: send(house, "dt")), 2)
        edit(house, "tinh-0", 5)
        cpu = time.process_time()
        told["province_s"] = round(timed(lambda: send(house, "dt"), profile=asked.profile), 2)
        told["province_cpu_s"] = round(time.process_time() - cpu, 2)
        edit(house, "xa-3-1", 35)
        told["commune_s"] = round(timed(lambda: send(house, "dt/xa-3"), profile=asked.profile), 3)
        told["nothing_to_do_s"] = round(timed(lambda: send(house, "dt")), 2)
        told["programmes"], told["payload_bytes"] = sample(house)
        told["province_bar_s"], told["commune_bar_s"] = PROVINCE_BAR_S, COMMUNE_BAR_S
        house.close()
    told["load_1min"] = round(os.getloadavg()[0], 1)
    print(json.dumps(told, indent=2))
    if asked.keep:
        RESULT.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    late = told["province_s"] > PROVINCE_BAR_S or told["commune_s"] > COMMUNE_BAR_S  # type: ignore[operator]
    sys.exit(1 if late else 0)


def send(house: House, area: str) -> None:
    """Publish an area."""
    done = publish(house, area, who=None, now=house.clock())
    print(f"{area}: {done.changed} changed, {done.unchanged} as before")


if __name__ == "__main__":
    main()
