"""The PDF of a commissioning, drawn from its sealed bytes; loaded when somebody asks, for its maker is heavy."""

from typing import Final

import segno

from contract.commissioning_paper import drawn, qr_text

FONTS: Final = "/usr/share/fonts/truetype/dejavu"


def pdf_of(envelope: bytes) -> bytes:
    """Return the paper; raises `FileNotFoundError` without the fonts of the package fonts-dejavu-core."""
    code = segno.make(qr_text(envelope), error="m", micro=False)
    return drawn(envelope, FONTS, [list(row) for row in code.matrix_iter(scale=1, border=2)])
