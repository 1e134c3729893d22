"""The renderer's front: a bulletin and a panel in, all that the board will show out.

Law of the room: the appliance and central's preview call this and nothing below it.
"""

from typing import NamedTuple

from contract.documents import Bulletin, Panel
from render import findings
from render.findings import Finding
from render.measures import Measures
from render.pages import Page
from render.pictures import Pictures
from render.stage import Regions, Stage, regions, stage_of
from render.templates import Desk, make
from render.ticker import LONG_ROUND_S, Strip, strip


class Show(NamedTuple):
    """A bulletin on one panel: its pages in order, the running line, and what its writer should know."""

    stage: Stage
    regions: Regions
    pages: tuple[Page, ...]
    strip: Strip | None
    findings: tuple[Finding, ...]

    @property
    def round_s(self) -> float:
        """How long all pages take; films without a time of their own count for nothing here."""
        return sum(page.page_s for page in self.pages)


def lay_out(bulletin: Bulletin, panel: Panel, measures: Measures, pictures: Pictures) -> Show:
    """Return what a board with this panel shows of a bulletin; never fails for what somebody wrote."""
    stage = stage_of(panel)
    wants_bar, wants_ticker = bulletin.bar, bool(bulletin.ticker.strip())
    parts = regions(stage, measures, bar=wants_bar, ticker=wants_ticker)
    told: list[Finding] = []
    pages: list[Page] = []
    for number, slide in enumerate(bulletin.slides):
        made = make(slide, Desk(stage, parts.body, measures, pictures, number))
        pages += made.pages
        told += made.findings
    if wants_bar and parts.bar is None:
        told.append(findings.no_bar())
    line = None
    if wants_ticker and parts.ticker is None:
        told.append(findings.no_ticker())
    elif parts.ticker is not None:
        line = strip(bulletin.ticker, parts.ticker, parts.small_px, measures)
        if line is not None and line.round_s > LONG_ROUND_S:
            told.append(findings.long_ticker(line.round_s))
    return Show(stage, parts, tuple(pages), line, tuple(told))
