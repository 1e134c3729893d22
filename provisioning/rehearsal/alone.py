"""The appliances alone: an impostor in central's place, no central at all, and central back again.

Law of the room: what an impostor sends is what it could really have, signed with keys of its own or recorded on
the way; and what sounded meanwhile is held against what each appliance wrote down.
"""

import time
from datetime import datetime, timedelta

from contract import codec, seal
from contract.documents import Kind, Programme
from contract.seal import SigningKey
from provisioning.rehearsal import evidence
from provisioning.rehearsal.eavesdrop import programme_of
from provisioning.rehearsal.impostor import Impostor
from provisioning.rehearsal.province import Appliance
from provisioning.rehearsal.scene import ONSET_BOUND_MS, Story


def forged(story: Story) -> dict[str, bytes]:
    """Return what an impostor may send: a forgery, an old programme, another's, and a recorded alert."""
    old = seal.read_envelope(story.old_programme)
    programme = codec.decode(Kind.PROGRAMME, old.payload)
    if not isinstance(programme, Programme):
        msg = "the recorded programme is no programme"
        raise TypeError(msg)
    fields = {name: getattr(programme, name) for name in programme.__struct_fields__}
    newer = Programme(**(fields | {"version": programme.version + 50}))
    return {
        "bad-signature": seal.seal(Kind.PROGRAMME, codec.encode(newer), [SigningKey.generate()]),
        "old-version": story.old_programme,
        "wrong-device": programme_of(story.province.base, story.appliance("loa-3").state),
        "replayed": story.alert,
    }


def impostor(story: Story, later: dict[str, datetime]) -> None:
    """Central is killed and another takes its place: everything it sends is refused, and said why."""
    story.wait_until(later["second"] + timedelta(seconds=48))
    papers = forged(story)
    story.province.central.kill()
    begin = time.monotonic()
    with Impostor(story.province.central_port, list(papers.values())) as false:
        while false.served < len(story.province.appliances) and time.monotonic() - begin < 14:
            time.sleep(0.2)
        time.sleep(1.5)
    first = story.appliance("loa-1")
    codes = evidence.refusal_codes(first.state)
    for code, what in (
        ("bad-signature", "lịch ký bằng khóa lạ"),
        ("old-version", "lịch phiên bản cũ"),
        ("wrong-device", "lịch của thiết bị khác"),
        ("replayed", "tin khẩn cấp phát lại"),
    ):
        also = {"bad-signature": {"unknown-key"}, "replayed": {"cancelled"}}.get(code, set())
        held = bool({code, *also} & set(codes))
        story.find(
            f"từ chối: {what}", held, ", ".join(sorted(set(codes))) or "không thấy từ chối nào"
        )
    level = story.recorders["loa1"].so_far().level_dbfs(begin + 1, time.monotonic())
    story.say(f"trong lúc đó loa vẫn phát lịch của mình ({level:.0f} dBFS)")


def offline(story: Story, later: dict[str, datetime]) -> None:
    """With central gone the next slot still sounds on the second."""
    asked_s = sum(c["duration_ms"] for c in story.contents[:2]) / 1000
    story.wait_until(later["third"] + timedelta(seconds=min(25.0, asked_s) + 2.0))
    begin = story.mono(later["third"])
    for appliance in story.province.appliances[:2]:
        heard = evidence.sounding(
            story.recorders[appliance.site.sink].so_far(), begin - 1, begin + 26
        )
        onset_ms = (heard[0].onset_mono_s - begin) * 1000 if heard else float("inf")
        story.find(
            f"mất máy chủ vẫn phát tại {appliance.site.title}",
            abs(onset_ms) <= ONSET_BOUND_MS,
            f"sớm/muộn {onset_ms:+.1f} ms",
        )


def return_of_central(story: Story, _later: dict[str, datetime]) -> None:
    """Central comes back: the reports of what sounded meanwhile arrive, none lost and none twice."""
    story.province.start_central()
    office = story.province.office("bientap")
    for appliance in story.province.appliances[:2]:
        keys: list[str] = []
        for _ in range(80):
            keys = [p["key"] for p in office.plays(appliance.device)]
            if any("ban-tin-cuoi" in key for key in keys):
                break
            time.sleep(0.5)
        own = {
            event["key"]
            for _, event in evidence.turns(appliance.state)
            if event["event"] == "player-started"
        }
        missing = own - set(keys)
        doubled = len([k for k in set(keys) if keys.count(k) > _times(appliance, k)])
        story.find(
            f"báo cáo về đủ từ {appliance.site.title}",
            not missing and not doubled,
            f"{len(keys)} lượt phát, thiếu {len(missing)}, trùng {doubled}",
        )


def _times(appliance: Appliance, key: str) -> int:
    """Return how often the appliance began a play of this key (an interrupted item begins again)."""
    begun = [e for _, e in evidence.turns(appliance.state) if e["event"] == "player-started"]
    return max(1, len([e for e in begun if e["key"] == key]))
