"""The operator's voice: the pieces that a person speaks into a warning in force.

Law of the room: bytes in as they were signed; whether they hold is the verb's affair.
"""

from fastapi import APIRouter, Response

from central.api.answers import RawBody, Token, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.states import VoiceState
from central.services.voices import take_pieces, voice_state


def add_voices(router: APIRouter, desk: Desk) -> None:
    """Add taking a voice's pieces, and how far it came."""
    house = desk.house

    @router.get("/voices/{announcement}", tags=["announcements"], **told(VoiceState))
    def state(announcement: str, token: Token) -> Response:
        """Tell how much of an operator's voice is here, and on how many appliances it is heard."""
        with desk.reading(token) as (unit, who):
            return shown(voice_state(unit, announcement, who=who, now=house.clock()))

    @router.post("/voices/{announcement}", tags=["announcements"], **told(VoiceState, takes=Sent()))
    def pieces(announcement: str, body: RawBody, token: Token) -> Response:
        """Take the next signed pieces of a voice, each with its length in 2 bytes before it; relayed at once."""
        with desk.writing(token) as (unit, who):
            taken = take_pieces(unit, announcement, body, who=who, now=house.clock())
        return shown(taken)
