"""The house and who is behind a request: a person who is signed in, or another system by its token.

Law of the room: nothing is answered before the token names somebody. A system's token is admitted for the route's
room only, and its request is counted before anything else is done.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from central import services
from central.api.answers import Bearer
from central.domain.people import Person
from central.services.sessions import is_stale, touch_session
from central.services.tokens import admit, is_system_token
from central.services.unit import House, Unit


class Desk:
    """The house and who is behind a request."""

    def __init__(self, house: House) -> None:
        self.house = house

    @contextmanager
    def reading(self, token: str) -> Iterator[tuple[Unit, Person]]:
        """Give a reading unit and who asks."""
        system, now = self._system(token), self.house.clock()
        with self.house.reading() as unit:
            who = system or services.person_of(unit, token, now=now)
            stale = system is None and is_stale(unit, token, now=now)
            yield unit, who
        if stale:
            touch_session(self.house, token, now=now)

    @contextmanager
    def writing(self, token: str) -> Iterator[tuple[Unit, Person]]:
        """Give a writing unit and who asks."""
        who = self.person(token)
        with self.house.writing() as unit:
            yield unit, who

    def person(self, token: str) -> Person:
        """Return who asks; raises `NotSignedIn`, and for a system's token also `Forbidden` and `TooOften`."""
        with self.reading(token) as (_, who):
            return who

    def _system(self, token: str) -> Person | None:
        """Return the other system whose token this is, None for a person's session."""
        if not is_system_token(token):
            return None
        shown = token if isinstance(token, Bearer) else Bearer(token)
        now = self.house.clock()
        return admit(self.house, token, room=shown.room, writes=shown.writes, now=now)
