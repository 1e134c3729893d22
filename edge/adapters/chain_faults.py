"""What can be wrong with the chain of trust, told twice: for the log and its reader, and for staff.

Law of the room: what was refused has changed nothing; the keyring that is held stays in force.
"""

from collections.abc import Mapping
from typing import Final

from contract.errors import RefusalCode, Refused

NO_KEYRING: Final = (
    "chưa có vòng khóa của tỉnh nên máy chưa nghe lệnh của ai và im lặng: kiểm tra mạng,"
    " hoặc cắm USB của tỉnh có thư mục tienglang/tuf"
)
KEPT: Final = "; máy vẫn theo vòng khóa đang giữ; hãy báo tỉnh"
TOLD: Final[Mapping[RefusalCode, str]] = {
    RefusalCode.EXPIRED: "vòng khóa nhận được đã quá hạn hoặc bị giữ lại dọc đường",
    RefusalCode.THRESHOLD: "vòng khóa nhận được không đủ chữ ký của tỉnh",
    RefusalCode.OLD_VERSION: "vòng khóa nhận được cũ hơn bản đã biết",
    RefusalCode.SAME_VERSION: "vòng khóa nhận được không khớp với bản đã ký",
    RefusalCode.TOO_LARGE: "vòng khóa nhận được dài quá mức",
}
MALFORMED: Final = "vòng khóa nhận được sai quy cách"


class ChainRefused(Refused):
    """What the repository offers is not believed; `told` is the sentence for staff."""

    def __init__(self, code: RefusalCode, why: str) -> None:
        """Keep code and sentence; staff are told the code's sentence in Vietnamese and what to do."""
        super().__init__(code, why)
        self.told = f"{TOLD.get(code, MALFORMED)}{KEPT} ({code.value})"
