"""What an operator's voice costs central: held streams, one person who speaks, pieces relayed to all of them.

A real server process with SQLite and bare sockets in this process; the voice is a note in Opus, cut and signed as a
browser does, handed in piece by piece as it would be spoken. Counted are the server's processor time and memory, and
how long after it was handed in a piece reached each stream. What is silent costs nothing, so the same streams without a
voice are measured first. For the appliances' own delay see `tests/journeys/test_operator.py`.

    python bench/voices.py [--streams 500] [--seconds 15] [--keep]
"""

import argparse
import asyncio
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from contract import codec, seal, voice  # noqa: E402
from contract.documents import Announcement, Kind  # noqa: E402
from contract.seal import SigningKey  # noqa: E402
from contract.testing import Authority  # noqa: E402
from tests.central.serving import Served  # noqa: E402
from tests.central.setting import COMMUNE, HAMLET, real_now, write_site  # noqa: E402
from tests.central.streams import Listener, listen  # noqa: E402
from tests.central.test_push import crowd  # noqa: E402
from tests.edge.adapters.speaking import PACKETS, note  # noqa: E402

PIECE_S = 0.3
WARM_S = 3.0
ALL = 10_000


def raised(served: Served, key: SigningKey) -> str:
    """Return the id of a warning in force that names the voice's key."""
    served.authority.now = real_now()
    plain = codec.decode(
        Kind.ANNOUNCEMENT, seal.read_envelope(served.authority.announce([COMMUNE])).payload
    )
    if not isinstance(plain, Announcement):
        raise TypeError("an announcement was to be made")
    info = msgspec.structs.replace(plain.infos[0], voice=key.public)
    paper = msgspec.structs.replace(plain, infos=(info,))
    with served.person() as lan:
        lan.post(
            "/announcements", content=served.authority.seal(Kind.ANNOUNCEMENT, paper)
        ).raise_for_status()
    return paper.id


def used(pid: int) -> tuple[float, int]:
    """Return a process's processor time in s, and its resident memory in bytes."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return (int(fields[11]) + int(fields[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE")


def late_ms(ears: list[Listener], spoken_s: list[float]) -> list[float]:
    """Return for each piece and stream how long after it was handed in it came; raises where one is missing."""
    found = []
    for ear in ears:
        came = [at for at, event in ear.events if event.get("event") == "voice"]
        if len(came) != len(spoken_s):
            msg = f"{len(spoken_s)} pieces were spoken and {len(came)} came"
            raise ValueError(msg)
        found += [(at - s) * 1_000 for at, s in zip(came, spoken_s, strict=True)]
    return sorted(found)


async def measured(served: Served, streams: int, seconds: float) -> dict[str, object]:
    """Return the figures of one voice over so many streams."""
    key = SigningKey.generate()
    tokens = crowd(served, [HAMLET] * streams)
    ears = list(await asyncio.gather(*(listen(served.url, token) for token in tokens)))
    name = await asyncio.to_thread(raised, served, key)
    packets = note(seconds)
    pieces: list[bytes] = []
    for at in range(0, len(packets), PACKETS):
        before = hashlib.sha256(pieces[-1]).digest() if pieces else None
        last = at + PACKETS >= len(packets)
        lump = packets[at : at + PACKETS]
        pieces.append(voice.write_piece(key, name, len(pieces), before, lump, last=last))
    if served.process is None:
        raise ValueError("the server does not run")
    pid = served.process.pid
    await asyncio.sleep(WARM_S)
    idle_cpu_s, idle_bytes = used(pid)
    await asyncio.sleep(seconds)
    calm_cpu_s = used(pid)[0] - idle_cpu_s
    begun, spoken_s = time.monotonic(), []
    cpu_s = used(pid)[0]
    with served.person() as lan:
        for number, piece in enumerate(pieces):
            await asyncio.sleep(max(0.0, begun + (number + 1) * PIECE_S - time.monotonic()))
            spoken_s.append(time.monotonic())
            answer = await asyncio.to_thread(
                lan.post, f"/voices/{name}", content=voice.write_pieces([piece])
            )
            answer.raise_for_status()
    await asyncio.sleep(1.0)
    voice_cpu_s, full_bytes = used(pid)
    late = late_ms(ears, spoken_s)
    await asyncio.gather(*(ear.close() for ear in ears))
    share = (voice_cpu_s - cpu_s - calm_cpu_s) / seconds
    return {
        "streams": streams,
        "pieces": len(pieces),
        "piece_bytes": round(sum(map(len, pieces)) / len(pieces)),
        "late_p50_ms": round(late[len(late) // 2], 1),
        "late_p99_ms": round(late[len(late) * 99 // 100], 1),
        "late_max_ms": round(late[-1], 1),
        "core_share_pct": round(share * 100, 1),
        "grown_bytes": full_bytes - idle_bytes,
    }


def main() -> None:
    """Measure a few streams and many, and print what ten thousand would cost by that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--keep", action="store_true", help="write bench/results/voices.json")
    asked = parser.parse_args()
    runs = []
    for streams in (asked.streams // 10, asked.streams):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority.make("dt", now=real_now())
            served = Served(write_site(Path(folder), authority), authority)
            served.prepare()
            served.start()
            try:
                runs.append(asyncio.run(measured(served, streams, asked.seconds)))
            finally:
                served.stop()
        print(runs[-1], flush=True)
    few, many = runs
    per_stream = (float(str(many["core_share_pct"])) - float(str(few["core_share_pct"]))) / (
        int(str(many["streams"])) - int(str(few["streams"]))
    )
    told = {
        "runs": runs,
        "core_share_pct_at_10000_reckoned": round(
            float(str(few["core_share_pct"])) + per_stream * ALL, 1
        ),
        "load_1min": round(os.getloadavg()[0], 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    print(told)
    if asked.keep:
        path = ROOT / "bench" / "results" / "voices.json"
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
