"""Central's errors: each is an answer for a person or a program, with a code to count by and a sentence to show.

Law of the room: `why` is Vietnamese, plain, says what is wrong and what to do next. Refusals of sealed
documents stay `contract.errors.Refused`; these are central's own.
"""


class CentralError(Exception):
    """The parent of central's errors; never raised itself. `why` is fit for the page, `code` for programs."""

    code = "central"

    def __init__(self, why: str, code: str | None = None) -> None:
        """Keep the sentence `why` and, where given, a finer `code` (a slug)."""
        super().__init__(why)
        self.why = why
        if code is not None:
            self.code = code


class NotFound(CentralError):
    """What was named is not here."""

    code = "not-found"


class Forbidden(CentralError):
    """The person is known but may not do this here."""

    code = "forbidden"


class NotSignedIn(CentralError):
    """Nobody is signed in, or the session is over."""

    code = "not-signed-in"


class Unacceptable(CentralError):
    """What was asked cannot be done as it stands; `why` says what to change."""

    code = "unacceptable"


class TooLarge(CentralError):
    """More bytes or parts than the house takes."""

    code = "too-large"


class Conflict(CentralError):
    """It contradicts what already stands; `expected` is the counter that would fit, where there is one."""

    code = "conflict"

    def __init__(self, why: str, code: str | None = None, *, expected: int | None = None) -> None:
        """Keep the sentence and the counter that would fit."""
        super().__init__(why, code)
        self.expected = expected


class TooOften(CentralError):
    """The same was asked too many times; `retry_after_s` says when it is answered again."""

    code = "too-often"

    def __init__(self, why: str, retry_after_s: int) -> None:
        """Keep the sentence and how long to wait."""
        super().__init__(why)
        self.retry_after_s = retry_after_s
