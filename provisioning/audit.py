"""The audit: a log of everything signed, and what appliances told, held against each other, offline.

Law of the room: nothing of the server is believed. The chain of trust comes from the auditor's own folder, keys of
appliances from sealed assignments, everything else from seals and hashes. Each finding names a line or an appliance,
and one fault does not hide the next.
"""

import argparse
from pathlib import Path
from typing import Final

import msgspec

from contract import coverage
from contract.coverage import Claim, Wanted
from contract.documents import Play, Report
from contract.errors import Refused
from provisioning.audit_log import Book, read_log
from provisioning.audit_reports import read_reports
from provisioning.audit_trust import signed_keyrings
from provisioning.audit_words import Finding, Noted

FOUND: Final = 3  # the exit code where something was found
MOST_SHOWN: Final = 200


class Counted(msgspec.Struct, kw_only=True):
    """How much was held against the log, and how much of it needed nothing."""

    reports: int = 0
    appliances: int = 0
    bare: int = 0
    receipts: int = 0
    unnamed: int = 0
    plays: int = 0
    local: int = 0
    before: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What an audit found, and what it looked at."""

    book: Book
    keyrings: int
    counted: Counted
    findings: tuple[Finding, ...]
    noted: Noted | None


def noted_head(words: str) -> Noted:
    """Return the head somebody noted as `NUMBER:HASH`; raises `ValueError` for anything else."""
    number, _, sha256 = words.partition(":")
    if not number.isdecimal() or len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        msg = f"{words!r} is not NUMBER:HASH as the console shows it"
        raise ValueError(msg)
    return Noted(int(number), sha256)


def run(given: argparse.Namespace) -> int:
    """Audit and print; return the exit code. Raises what reading the files raises."""
    noted = None if given.head is None else noted_head(given.head)
    verdict = audit(given.log, given.reports, given.trust, noted)
    print(shown(verdict))
    return FOUND if verdict.findings else 0


def audit(log: Path, reports: Path | None, trust: Path, noted: Noted | None) -> Verdict:
    """Return what is wrong with the log, and with what appliances told that it does not cover.

    Raises `OSError`, `ValueError` or `Refused` where a file cannot be read to its end.
    """
    keyrings = signed_keyrings(trust)
    findings: list[Finding] = []
    book = read_log(log, keyrings, noted, findings)
    counted = Counted()
    if reports is not None:
        told: set[str] = set()
        for report in read_reports(reports, book, findings):
            if report is None:
                counted.bare += 1
                continue
            told.add(report.device)
            counted.reports += 1
            _hold(report, book, counted, findings)
        counted.appliances = len(told)
    return Verdict(book, len(keyrings), counted, tuple(findings), noted)


def shown(verdict: Verdict) -> str:
    """Return the verdict as people read it: a table, then each finding on a line."""
    book, counted = verdict.book, verdict.counted
    rows = [
        ("lines", f"{book.last}, head {book.last}:{book.sha256}"),
        ("keyrings", f"{book.keyrings} in the log, {verdict.keyrings} signed by the chain"),
        ("seals", f"{book.held} hold, {book.waiting} wait for more people, {book.old} from before"),
        ("times", f"{book.times}, by their hashes"),
        ("reports", f"{counted.reports} of {counted.appliances} appliances, {counted.bare} bare"),
        ("receipts", f"{counted.receipts} named their payload, {counted.unnamed} did not"),
        ("plays", f"{counted.plays} by a paper, {counted.local} local, {counted.before} earlier"),
    ]
    if verdict.noted is not None:
        rows.append(("noted", f"line {verdict.noted.number} was compared with the head noted"))
    else:
        rows.append(("noted", "no head was given: a log written anew as a whole would not show"))
    rows.append(("found", str(len(verdict.findings)) if verdict.findings else "nothing"))
    lines = [f"{name:<9} {what}" for name, what in rows]
    lines += [f"  {one.where}: {one.what}" for one in verdict.findings[:MOST_SHOWN]]
    if len(verdict.findings) > MOST_SHOWN:
        lines.append(f"  and {len(verdict.findings) - MOST_SHOWN} more")
    return "\n".join(lines)


def _hold(report: Report, book: Book, counted: Counted, findings: list[Finding]) -> None:
    """Hold one report's receipts and plays against the log."""
    for receipt in report.receipts:
        if receipt.sha256 is None:
            counted.unnamed += 1
            continue
        counted.receipts += 1
        if (receipt.kind.value, receipt.sha256) not in book.payloads:
            what = (
                f"admitted {receipt.kind.value} {receipt.id} at {receipt.at:%Y-%m-%d %H:%M} UTC "
                f"(payload {receipt.sha256}), which was signed off the log"
            )
            findings.append(Finding(f"appliance {report.device}", what))
    for play in report.plays:
        claimed = coverage.wanted(play)
        if claimed.claim is Claim.LOCAL:
            counted.local += 1
        elif book.begun is None or play.started < book.begun:
            counted.before += 1
        else:
            counted.plays += 1
            if not _covered(report, claimed, book):
                findings.append(Finding(f"appliance {report.device}", _uncovered(play)))


def _covered(report: Report, claimed: Wanted, book: Book) -> bool:
    if claimed.claim is Claim.ANNOUNCEMENT:
        return claimed.name in book.announcements
    try:
        if coverage.in_programme(claimed, book.programmes_of(report.device)):
            return True
    except Refused:
        return False  # the body that cannot be read is a finding of its own
    of_content = claimed.claim in {Claim.SLOT, Claim.FILLER, Claim.CONTENT}
    return of_content and claimed.approved_as in book.approved


def _uncovered(play: Play) -> str:
    return (
        f"played {play.title!r} at {play.started:%Y-%m-%d %H:%M:%S} UTC ({play.key}, {play.source}), "
        "which no programme, announcement or approval of the log covers"
    )
