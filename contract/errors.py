"""The contract's errors, named by whose fault they are and what the caller can do.

Law of the room: one small tree, no behaviour. `Refused` is theirs (a document we will not obey),
`Misuse` is ours (a caller broke a promise). `Stale` is neither: the same bytes arrived again, which is
normal when three doors deliver one document.
"""

from enum import StrEnum


class RefusalCode(StrEnum):
    """Why a document was refused: a closed vocabulary, shown on pages and counted in reports."""

    TOO_LARGE = "too-large"
    MALFORMED = "malformed"
    WRONG_KIND = "wrong-kind"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    THRESHOLD = "threshold"
    OUT_OF_SCOPE = "out-of-scope"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_DEVICE = "wrong-device"
    UNASSIGNED = "unassigned"
    OLD_VERSION = "old-version"
    SAME_VERSION = "same-version-other-bytes"
    VERSION_JUMP = "version-jump"
    WRONG_EPOCH = "wrong-epoch"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    FROM_FUTURE = "from-future"
    LIFE_TOO_LONG = "life-too-long"
    REPLAYED = "replayed"
    CANCELLED = "cancelled"
    WRONG_ISSUER = "wrong-issuer"
    UNAPPROVED = "unapproved"
    CLOCK_UNKNOWN = "clock-unknown"
    NOT_ACTUAL = "not-actual"


class ContractError(Exception):
    """The parent of all errors of the contract; never raised itself."""


class Refused(ContractError):
    """The document is not obeyed and nothing has changed; `why` is fit for a staff page."""

    def __init__(self, code: RefusalCode, why: str) -> None:
        """Keep the `code` to count by and the sentence `why` to show."""
        super().__init__(f"{code.value}: {why}")
        self.code = code
        self.why = why


class Stale(ContractError):
    """The very same document is already held: nothing to do."""


class Misuse(ContractError):
    """The caller broke a documented promise; mend the caller."""
