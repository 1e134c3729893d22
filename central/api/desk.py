"""The house and the signed-in person behind a request.

Law of the room: nothing of a person is answered before the token names somebody who is signed in.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from central import services
from central.domain.people import Person
from central.services.unit import House, Unit


class Desk:
    """The house and the signed-in person behind a request."""

    def __init__(self, house: House) -> None:
        self.house = house

    @contextmanager
    def reading(self, token: str) -> Iterator[tuple[Unit, Person]]:
        """Give a reading unit and who asks."""
        with self.house.reading() as unit:
            yield unit, services.person_of(unit, token, now=self.house.clock())

    @contextmanager
    def writing(self, token: str) -> Iterator[tuple[Unit, Person]]:
        """Give a writing unit and who asks."""
        who = self.person(token)
        with self.house.writing() as unit:
            yield unit, who

    def person(self, token: str) -> Person:
        """Return who asks; raises `NotSignedIn`."""
        with self.reading(token) as (_, who):
            return who
