"""What a Prometheus asks for: figures of this process, and of the whole house by a few quick counts.

Law of the room: the registry is ours alone; labels are words of ours (route templates, never paths), so that nobody
outside can make them many. A count that takes long does not belong here.
"""

import shutil
from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import case, func, select
from sqlalchemy.exc import SQLAlchemyError

from central.db.broadcast import AnnouncementRow, OutboxRow, PublicationRow
from central.db.fleet import DeviceRow
from central.db.interfaces import DeliveryRow
from central.db.ledger import LogRow
from central.domain.fleet import LOST_AFTER
from central.domain.states import AnnouncementPhase
from central.domain.webhooks import DeliveryPhase
from central.services.health import condition, endings
from central.services.unit import House
from contract.documents import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)


class Meters:
    """The figures of one process and its house."""

    def __init__(self, house: House, streams: Callable[[], int]) -> None:
        """Keep the house; `streams` tells how many appliances are held now."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "tienglang_http_requests",
            "Answered requests.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tienglang_http_seconds",
            "How long requests took to answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._chores = Counter(
            "tienglang_chores",
            "What the house did by itself.",
            ("chore", "outcome"),
            registry=self._registry,
        )
        self._done = Gauge(
            "tienglang_chore_done_timestamp_seconds",
            "When a chore last succeeded.",
            ("chore",),
            registry=self._registry,
        )
        self._registry.register(_OfTheHouse(house, streams))

    def answered(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def chore(self, name: str, now: datetime, *, done: bool) -> None:
        """Count a chore."""
        self._chores.labels(name, "done" if done else "failed").inc()
        if done:
            self._done.labels(name).set(now.timestamp())

    def written(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)


class _OfTheHouse:
    """Asks the database when it is asked."""

    def __init__(self, house: House, streams: Callable[[], int]) -> None:
        self._house = house
        self._streams = streams

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what there is is told by collecting."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Give the figures of this moment; those of a database that does not answer are absent."""
        house, now = self._house, self._house.clock()
        yield _one("tienglang_streams", "Appliances that hold a stream here.", self._streams())
        found = condition(house, now=now)
        yield _one("tienglang_ready", "Whether this process can serve.", int(found.ready))
        checks = GaugeMetricFamily(
            "tienglang_check", "What was looked at: 0 well, 1 a warning, 2 bad.", labels=["check"]
        )
        for check in found.checks:
            checks.add_metric([check.name], {"ok": 0, "warn": 1, "bad": 2}[check.tone])
        yield checks
        ends = GaugeMetricFamily(
            "tienglang_expires_timestamp_seconds",
            "When links of the chain of trust and the certificate run out.",
            labels=["what"],
        )
        for name, instant in endings(house).items():
            ends.add_metric([name], instant.timestamp())
        yield ends
        free = shutil.disk_usage(house.settings.data_dir).free
        yield _one("tienglang_disk_free_bytes", "Room left for the content library.", free)
        try:
            yield from self._counted(now)
        except SQLAlchemyError:
            return

    def _counted(self, now: datetime) -> Iterable[Metric]:
        seen = case(
            (DeviceRow.last_seen.is_(None), "never"),
            (DeviceRow.last_seen < now - LOST_AFTER, "lost"),
            else_="online",
        )
        with self._house.reading() as unit:
            ask = unit.session
            devices = ask.execute(
                select(seen, func.count()).where(DeviceRow.retired.is_(False)).group_by(seen)
            ).all()
            posted = ask.scalar(select(func.max(OutboxRow.id)))
            unfinished = select(func.count()).where(PublicationRow.done.is_(None))
            publications = ask.scalar(unfinished)
            active = AnnouncementRow.state == AnnouncementPhase.ACTIVE.value
            announcements = ask.scalar(
                select(func.count()).where(
                    active,
                    AnnouncementRow.expires > now,
                    AnnouncementRow.status != Status.TEST.value,
                )
            )
            lines = ask.scalar(select(func.max(LogRow.number)))
            deliveries = ask.execute(
                select(DeliveryRow.state, func.count())
                .where(DeliveryRow.state != DeliveryPhase.DONE.value)
                .group_by(DeliveryRow.state)
            ).all()
        family = GaugeMetricFamily(
            "tienglang_appliances", "Appliances in service by when they were seen.", labels=["seen"]
        )
        known: dict[str, int] = dict(devices)
        for state in ("online", "lost", "never"):
            family.add_metric([state], known.get(state, 0))
        yield family
        family = GaugeMetricFamily(
            "tienglang_webhook_deliveries", "Messages not taken yet.", labels=["state"]
        )
        known = dict(deliveries)
        for phase in (DeliveryPhase.WAITING, DeliveryPhase.DEAD):
            family.add_metric([phase.value], known.get(phase.value, 0))
        yield family
        yield _one("tienglang_outbox_id", "The newest message of the outbox.", posted)
        yield _one("tienglang_publications_unfinished", "Publications under way.", publications)
        yield _one(
            "tienglang_announcements_active", "Announcements in force that sound.", announcements
        )
        yield _one("tienglang_log_lines", "Lines of the log of everything signed.", lines)


def _one(name: str, words: str, value: float | None) -> Metric:
    return GaugeMetricFamily(name, words, value=value or 0)
