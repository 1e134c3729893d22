"""Three years of a province, and how long every page of the console and every list of the API takes with them.

The province is always the same for the same seed. It is filled into PostgreSQL (started here, in DIR, and ended again)
or SQLite; `--keep` leaves DIR for another run, which then only measures. Times are of whole requests through the real
application in this process: routing, rights, questions, page. The bar is 300 ms at the 95th percentile.

    python bench/province.py --dir /var/tmp/province [--plays 22000000] [--devices 10000] [--keep] [--sqlite]
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import shutil
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TypeGuard

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402
from starlette.routing import BaseRoute, Route  # noqa: E402

from bench.parts.province_fill import PASSWORD, Filling  # noqa: E402
from bench.parts.province_server import Server  # noqa: E402
from central.api.people import people_routes  # noqa: E402
from central.app import Central  # noqa: E402
from central.config import load_settings  # noqa: E402
from central.console import make_console  # noqa: E402
from central.push.gateway import GC_THRESHOLDS  # noqa: E402
from central.services import House, open_house  # noqa: E402
from central.services.alarms_count import settle  # noqa: E402
from contract.testing import Authority  # noqa: E402
from tests.central.setting import real_now, write_site  # noqa: E402

HOST = "127.0.0.1:8000"
BAR_MS = 300.0
LONG = ("csv", "gz", "file", "export", "stream", "backup", "ics", ".js")
MORE = (
    "/console/plays?kind=day&day={yesterday}",
    "/console/plays?kind=month&day={yesterday}",
    "/console/plays?kind=quarter&day={yesterday}",
    "/console/plays?kind=year&day={yesterday}",
    "/console/plays?first={first}&last={yesterday}",
    "/console/plays?kind=year&day={yesterday}&area={commune}",
    "/console/plays?kind=year&day={yesterday}&area={hamlet}",
    "/console/plays?kind=year&day={yesterday}&field=4&priority=normal",
    "/console/plays/list?kind=year&day={yesterday}",
    "/console/plays/list?first={first}&last={yesterday}&outcome=silent",
    "/console/plays/list?first={first}&last={yesterday}&reason=emergency",
    "/console/plays/list?first={first}&last={yesterday}&priority=emergency&outcome=short",
    "/console/plays/list?first={first}&last={yesterday}&field=6&outcome=partly",
    "/console/plays/list?first={first}&last={yesterday}&field=2",
    "/console/plays/list?first={first}&last={yesterday}&area={commune}",
    "/console/plays/list?first={first}&last={yesterday}&area={hamlet}&outcome=silent",
    "/console/plays/list?first={first}&last={yesterday}&device={device}",
    "/console/plays/list?first={first}&last={yesterday}&source={source}",
    "/console/plays/list?first={first}&last={yesterday}&source={source}&area={hamlet}",
    "/console/plays/list?first={first}&last={yesterday}&after={middle}",
    "/console/plays/list?first={first}&last={yesterday}&outcome=missed",
    "/console/plays/list?first={first}&last={yesterday}&outcome=missed&area={hamlet}",
    "/console/plays/line/{play}",
    "/console/wall/part",
    "/console/emergency/{drill}",
    "/console/emergency/{drill}/board?stage=sounded&skipped=5000",
    "/console/emergency/{alarm}",
    "/console/appliances/{device}",
    "/console/fleet?area={commune}",
    "/console/programme?area={commune}",
    "/api/v1/devices/{device}",
    "/api/v1/plays?area={hamlet}",
    "/api/v1/plays?device={device}",
    "/api/v1/evaluation?kind=year&day={yesterday}",
    "/api/v1/plays/pages?kind=year&day={yesterday}&limit=500",
)


def main() -> int:
    """Fill what is not filled yet, measure, and print a table."""
    options = _options()
    folder: Path = options.dir
    site, server = folder / "site", None if options.sqlite else Server(folder / "postgresql")
    if server is not None:
        server.start()
    url = f"sqlite:///{folder}/province.db" if server is None else server.url
    try:
        authority = Authority.make("dt", now=real_now(), seed="province")
        house = open_house(load_settings(write_site(site, authority, database=url)))
        try:
            size = (options.communes, options.devices, options.years, options.plays)
            Filling(house, authority, size, options.seed, site).fill()
            slow = asyncio.run(_measure(house, options))
        finally:
            house.close()
    finally:
        if server is not None:
            server.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if slow and options.strict else 0


def _options() -> argparse.Namespace:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument(
        "--dir", type=Path, required=True, help="an empty folder, or one kept from before"
    )
    words.add_argument("--plays", type=int, default=22_000_000)
    words.add_argument("--devices", type=int, default=10_000)
    words.add_argument("--communes", type=int, default=102)
    words.add_argument("--years", type=int, default=3)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--asks", type=int, default=20, help="requests of each address")
    words.add_argument("--only", default="", help="measure only addresses with this in them")
    words.add_argument("--as", dest="person", default="tinh", help="tinh, xa, lap-dat or quan-tri")
    words.add_argument("--sqlite", action="store_true")
    words.add_argument("--keep", action="store_true")
    words.add_argument("--note", action="store_true", help="write bench/results/province.json")
    words.add_argument("--strict", action="store_true", help="fail when an address is over the bar")
    return words.parse_args()


async def _measure(house: House, options: argparse.Namespace) -> int:
    app = Central(house)
    gc.set_threshold(*GC_THRESHOLDS)  # as the serving process does
    settle(house, now=house.clock())  # as the hourly chore does
    addresses = [a for a in _addresses(house) if options.only in a]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    slow = 0
    measured: dict[str, dict[str, float]] = {}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        asked = {"name": options.person, "password": PASSWORD}
        token = (await client.post("/api/v1/session", json=asked)).json()["token"]
        print(f"{'p50 ms':>8} {'p95 ms':>8} {'kB':>7} status  address (as {options.person})")
        for address in addresses:
            headers = {"accept": "text/html", "cookie": f"tienglang={token}"}
            if address.startswith("/api"):
                headers = {"authorization": f"Bearer {token}"}
            took: list[float] = []
            answer = await client.get(address, headers=headers)
            for _ in range(options.asks if answer.status_code == 200 else 1):
                began = time.perf_counter()
                answer = await client.get(address, headers=headers)
                took.append((time.perf_counter() - began) * 1_000)
            p95 = statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
            over = p95 > BAR_MS
            slow += over
            size = len(answer.content) / 1_000
            mark = " OVER" if over else ""
            p50 = statistics.median(took)
            if answer.status_code == 200:
                measured[address] = {"p50_ms": round(p50, 1), "p95_ms": round(p95, 1)}
            print(
                f"{p50:8.1f} {p95:8.1f} {size:7.0f} {answer.status_code:>6}  {address}{mark}",
                flush=True,
            )
    print(f"{len(addresses)} addresses, {slow} over {BAR_MS:.0f} ms")
    if options.note:
        sizes = {"devices": options.devices, "plays": options.plays, "years": options.years}
        noted = {"machine": f"{os.cpu_count()} cores, {platform.platform()}", "database": house.engine.dialect.name,
                 "as": options.person, "asks": options.asks, **sizes, "addresses": measured}  # fmt: skip
        target = ROOT / "bench" / "results" / "province.json"
        target.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
    return slow


def _addresses(house: House) -> list[str]:
    """Return every list and page that has no parts to fill in, and those above with theirs."""
    with house.engine.connect() as connection:
        play = connection.execute(
            text("select id, device, source, area, started from plays order by id desc limit 1")
        ).one()
        middle = int(connection.execute(text("select max(id) / 2 from plays")).scalar_one())
        at = connection.execute(
            text("select started from plays where id = :id"), {"id": middle}
        ).scalar_one()
        drill = "select id from announcements where status = 'Exercise' order by taken desc limit 1"
        alarm = "select id from announcements where status = 'Actual' order by taken desc limit 1"
        warned = {
            "drill": connection.execute(text(drill)).scalar_one(),
            "alarm": connection.execute(text(alarm)).scalar_one(),
        }
        days = connection.execute(text("select min(day), max(day) from tally_days")).one()
    hour = datetime.fromisoformat(f"{at}+00:00") if isinstance(at, str) else at
    parts = {
        **warned,
        "yesterday": days[1],
        "first": days[0],
        "play": play.id,
        "device": play.device,
        "source": play.source,
        "hamlet": play.area,
        "commune": "/".join(play.area.split("/")[:2]),
        "middle": f"{int(hour.timestamp() * 1_000_000)}-{middle}",
    }
    plain = (address for address in _plain(house) if not any(part in address for part in LONG))
    return [*plain, *(address.format(**parts) for address in MORE)]


def _plain(house: House) -> list[str]:
    api = [route.path for route in people_routes(house).routes if _asked(route)]
    pages = [f"/console{route.path}" for route in make_console(house).routes if _asked(route)]
    return sorted({*api, *pages})


def _asked(route: BaseRoute) -> TypeGuard[Route]:
    return isinstance(route, Route) and "GET" in (route.methods or ()) and "{" not in route.path


if __name__ == "__main__":
    sys.exit(main())
