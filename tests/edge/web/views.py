"""Views made by hand: what the page is given, without an appliance behind it."""

import msgspec

from contract.documents import Rank
from edge.core.moment import Clock
from edge.core.page import PageView, Playable, ZoneView
from tests.edge.web.shop import DEVICE, MORNING, VIETNAM, Shop, sha


def view(**changes: object) -> PageView:
    """Return the view of a quiet, healthy appliance, changed as said."""
    quiet = PageView(
        name="Cụm loa ấp 1",
        area="dt/my-phong/ap-1",
        device=DEVICE,
        now=MORNING.astimezone(VIETNAM),
        rank=Rank.SILENCE,
        title="",
        why="Không có lịch phát vào lúc này.",
        sounding=False,
        level_dbfs=None,
        volume_pct=80,
        until=None,
        zones=(ZoneView("cho", "Chợ", on=False),),
        coming=(),
        alarms=(),
        playable=(Playable(sha(1), "Nhạc hiệu", 45),),
        waiting=(),
        staff="",
        clock=Clock.TRUSTED,
        central=True,
        silenced=False,
        assigned=True,
        programme_version=1,
        programme_stale=False,
        contents_missing=0,
        faults=(),
        plays=(),
        refusals=(),
    )
    return msgspec.structs.replace(quiet, **changes)


class Shown(Shop):
    """A shop whose page shows a view made by hand."""

    shown: PageView = view()

    def view(self) -> PageView:
        """Return the view made by hand."""
        return self.shown


def showing(**changes: object) -> Shown:
    """Return a shop that shows the quiet view, changed as said."""
    shop = Shown()
    shop.shown = view(**changes)
    return shop
