"""What the local page says is what was observed."""

from datetime import time, timedelta

import pytest

from contract.documents import Policy, QuietHours, Rank
from edge.core.events import AnnouncementAccepted, CentralReached, StaffHushed
from edge.core.page import PageView
from edge.core.view import view_of
from tests.edge.core.world import NOON, World, alert, slot, started


def seen(world: World) -> PageView:
    """Return the page at the world's present moment."""
    return view_of(world.desk, world.decisions[-1].air, world.now)


def test_the_page_follows_the_sound_and_not_its_echo() -> None:
    """While a slot sounds the page shows its level; half a second after its end it shows none."""
    world = World()
    world.happen(started(slot()))
    world.run(15)
    during = seen(world)
    assert (during.sounding, during.level_dbfs, during.title) == (True, -18.0, "bản tin 1")
    assert all(zone.on for zone in during.zones)
    world.run(6)
    after = seen(world)
    assert (after.sounding, after.level_dbfs) == (False, None)
    assert not any(zone.on for zone in after.zones)
    world.run(2)
    assert seen(world).plays[0].sounded_ms == 10_000


def test_the_page_names_who_waits_for_an_emergency() -> None:
    """During an emergency the page shows it in force, and the slot that gave way."""
    world = World()
    world.happen(started(slot(loop=True)))
    world.run(12)
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(2)
    page = seen(world)
    assert page.rank is Rank.EMERGENCY_COMMUNE
    assert page.alarms[0].headline == "Nước lũ lên nhanh"
    assert any("sang" in line for line in page.waiting)


def test_the_page_tells_a_hush_and_the_link() -> None:
    """A hush shows who and until when; the link to central as it was seen."""
    world = World()
    world.happen(started(slot()))
    assert not seen(world).central
    world.happen(CentralReached())
    world.happen(StaffHushed(until=NOON + timedelta(minutes=5), by="Lan"))
    page = seen(world)
    assert page.central
    assert page.staff == "Lan"
    assert page.until is not None
    assert page.until.timestamp() == pytest.approx((NOON + timedelta(minutes=5)).timestamp())


def test_coming_items_tell_why_they_will_not_sound() -> None:
    """The next hours list each item; one inside quiet hours carries its reason."""
    world = World()
    quiet = Policy(quiet=(QuietHours(start=time(13), end=time(15)),))
    world.happen(started(slot(), slot("trua", start=time(14)), policy=quiet))
    world.run(0.1)
    coming = {item.title: item.refused for item in seen(world).coming}
    assert coming["Bản tin sang"] == ""
    assert "yên tĩnh" in coming["Bản tin trua"].lower()
