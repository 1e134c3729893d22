"""The paper of a commissioning on a laptop: drawn from the sealed bytes, and judged by drawing it again.

Law of the room: what a PDF shows is believed only when the seal holds and the very same pages come out of it once more.
"""

from pathlib import Path
from typing import Final

import segno

from contract import commissioning_paper
from contract.commissioning import verify
from contract.documents import Commissioning, PublicKey
from contract.errors import RefusalCode, Refused

FONTS: Final = "/usr/share/fonts/truetype/dejavu"


def paper_of(envelope: bytes) -> bytes:
    """Return the PDF of a sealed commissioning; raises `FileNotFoundError` naming the package with the fonts."""
    for name in commissioning_paper.FACES.values():
        if not Path(FONTS, name).is_file():
            msg = f"there is no font {FONTS}/{name}; install the package fonts-dejavu-core"
            raise FileNotFoundError(msg)
    code = segno.make(commissioning_paper.qr_text(envelope), error="m", micro=False)
    rows = [list(row) for row in code.matrix_iter(scale=1, border=2)]
    return commissioning_paper.drawn(envelope, FONTS, rows)


def judged(paper: bytes, device_key: PublicKey) -> tuple[Commissioning, bytes]:
    """Return the report that a PDF shows and its envelope, when this appliance sealed it and the pages say no more.

    Raises `Refused`: MALFORMED where no sealed report goes with the PDF or its pages are others than those drawn from
    it, else as `contract.commissioning.verify`.
    """
    envelope = commissioning_paper.attached(paper)
    report = verify(envelope, device_key)
    if paper_of(envelope) != paper:
        why = (
            "the seal holds, but the pages are not the ones drawn from it: they were changed, or another version drew "
            "them. Believe only what is printed here, or draw the paper anew from the sealed report"
        )
        raise Refused(RefusalCode.MALFORMED, why)
    return report, envelope
