"""What appliances told, from an export: every report's seal, and the chain of each appliance.

Law of the room: an appliance's key comes from its sealed assignment in the log. Central keeps no reports that prove
nothing; where some are missing the chain is followed on both sides of the gap, not across it.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from contract import seal, signed_log, trust
from contract.documents import Report
from contract.errors import Refused
from provisioning.audit_export import rows
from provisioning.audit_log import Book
from provisioning.audit_words import Finding


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the export: its head, or a report, whole or by its hash alone."""

    reports: str | None = None
    device: str = ""
    counter: int = 0
    payload_sha256: str = ""
    envelope: str | None = None


class _Link(msgspec.Struct, frozen=True):
    counter: int
    sha256: str


def read_reports(path: Path, book: Book, findings: list[Finding]) -> Iterator[Report | None]:
    """Yield the reports whose seal holds, None for one that is kept by its hash alone.

    Raises `OSError` and `ValueError` for what is no export.
    """
    begun = False
    links: dict[str, _Link] = {}
    for row in rows(path, _Row):
        if not begun:
            if row.reports != signed_log.FORM:
                msg = f"{path} is no export of reports; take it from the console, page Sổ ký"
                raise ValueError(msg)
            begun = True
            continue
        report, found = None, None
        if row.envelope is not None:
            report, found = _opened(row, row.envelope, book)
        if found is None:
            found = _unchained(row, report, links.get(row.device))
        links[row.device] = _Link(row.counter, row.payload_sha256)
        if found is not None:
            where = f"appliance {row.device}, report {row.counter}"
            findings.append(Finding(where, found))
        if row.envelope is None or report is not None:
            yield report


def _opened(row: _Row, text: str, book: Book) -> tuple[Report | None, str | None]:
    """Return the report if its appliance sealed it, or what is wrong."""
    key = book.keys.get(row.device)
    if key is None:
        return None, "no assignment of this appliance is in the log: whose key sealed this?"
    envelope = text.encode("utf-8")
    try:
        report = trust.verify_report(envelope, key)
        sha256 = seal.read_envelope(envelope).payload_sha256
    except Refused as refused:
        return None, refused.why
    if (report.device, report.counter, sha256) != (row.device, row.counter, row.payload_sha256):
        return report, "it is listed under another number or hash than its own"
    return report, None


def _unchained(row: _Row, report: Report | None, before: _Link | None) -> str | None:
    """Return what is wrong with the place of a report in its chain, None where all is well."""
    if before is None:
        return None
    if row.counter <= before.counter:
        return f"it follows report {before.counter}: numbers must rise"
    if report is None or row.counter > before.counter + 1:
        return None
    if report.previous_sha256 != before.sha256:
        return f"it is not bound to report {before.counter}: one of the two was changed"
    return None
