"""The words of the verb `sheets`.

Law of the room: words alone; the deed and its libraries are loaded when the verb is meant.
"""

import argparse
from pathlib import Path


def add_sheets(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb `sheets`."""
    words = verbs.add_parser("sheets", help="claim sheets as a PDF, one A5 page for each place")
    words.add_argument("table", type=Path, help="the CSV of places: id,title,area (see central)")
    words.add_argument("--out", type=Path, required=True, help="the new PDF")
    words.add_argument(
        "--central", default="", help="address of central, which issues the codes: https://…"
    )
    words.add_argument("--person", default="", help="who signs in there; the password is asked for")
    words.add_argument("--hours", type=int, default=48, help="how long codes are good, 24 to 72")
    words.add_argument("--ca", type=Path, help="the province's own TLS authority (PEM)")
