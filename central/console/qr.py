"""The QR code of a page's address, on paper; the console's one door to segno.

Law of the room: one function, no state, no file.
"""

import segno
from markupsafe import Markup


def picture(address: str) -> Markup:
    """Return `address` as an SVG element of black on white, with the quiet border that cameras need."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(scale=8, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704  drawn by us from squares
