"""CAP messages for tests: written by hand here, so that our own writer is not what judges our reader."""

from collections.abc import Sequence

NS = "urn:oasis:names:tc:emergency:cap:1.2"
AREA = (
    "<area><areaDesc>Xã Mỹ Phong</areaDesc>"
    "<geocode><valueName>tienglang:area</valueName><value>dt/my-phong</value></geocode></area>"
)


def info(
    *,
    language: str = "vi-VN",
    event: str = "Lũ",
    headline: str = "Lũ trên sông Tiền",
    description: str = "Nước lên nhanh. Bà con rời bờ sông.",
    expires: str = "2026-11-22T12:00:00+07:00",
    instruction: str = "Đến điểm tập trung của ấp.",
    extra: str = "",
    areas: str = AREA,
) -> str:
    """Return one `info`; `extra` stands where parameters and resources do."""
    return (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        "<urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>"
        f"<expires>{expires}</expires><headline>{headline}</headline>"
        f"<description>{description}</description><instruction>{instruction}</instruction>"
        f"{extra}{areas}</info>"
    )


def alert(
    *infos: str,
    identifier: str = "KTTV-2026-0701",
    sender: str = "canhbao@kttv.example",
    sent: str = "2026-11-22T09:00:00+07:00",
    status: str = "Actual",
    message: str = "Alert",
    references: Sequence[str] = (),
    head: str = '<?xml version="1.0" encoding="UTF-8"?>',
    namespace: str = NS,
    after: str = "",
) -> bytes:
    """Return an alert; without infos it has the usual one."""
    named = f"<references>{' '.join(references)}</references>" if references else ""
    return (
        f'{head}<alert xmlns="{namespace}"><identifier>{identifier}</identifier>'
        f"<sender>{sender}</sender><sent>{sent}</sent><status>{status}</status>"
        f"<msgType>{message}</msgType><scope>Public</scope>{named}"
        f"{''.join(infos or (info(),))}{after}</alert>"
    ).encode()


REFERENCE = "canhbao@kttv.example,KTTV-2026-0701,2026-11-22T09:00:00+07:00"
