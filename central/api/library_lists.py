"""Speech and playlists over HTTP.

Law of the room: a preview is spoken while the asker waits and lives for an hour; a text for the library is a job.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.library_states import JobState, PlaylistPage, PlaylistState, SpeechPreview
from central.services.library_playlists import (
    PlaylistSaid,
    archive_playlist,
    change_playlist,
    create_playlist,
    list_playlists,
    playlist_named,
)
from central.services.speaking import (
    SpeechAsked,
    TextSaid,
    ask_speech,
    preview_path,
    preview_speech,
    show_spoken,
)
from central.services.transcode import nudge


class PlaylistAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new playlist and the area it belongs to."""

    area: str
    title: str
    items: tuple[str, ...]
    summary: str = ""


class PlaylistChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A playlist as it is to be, and the version of the one that it replaces."""

    title: str
    items: tuple[str, ...]
    version: int
    summary: str = ""


def add_speech(router: APIRouter, desk: Desk) -> None:
    """Add speaking."""
    house = desk.house

    @router.post("/speech/words", tags=["library"], **told(SpeechPreview, takes=TextSaid))
    def words(body: RawBody, token: Token) -> Response:
        """Show a text as it will be spoken, without a sound."""
        desk.person(token)
        return shown(show_spoken(read_as(body, TextSaid)))

    @router.post("/speech/previews", tags=["library"], **told(SpeechPreview, takes=TextSaid))
    def preview(body: RawBody, token: Token) -> Response:
        """Speak the first 600 characters of a text; the sound lives for an hour."""
        return shown(preview_speech(house, read_as(body, TextSaid), who=desk.person(token)))

    @router.get("/speech/previews/{name}", tags=["library"], **told(Sent("audio/wav")))
    def preview_sound(name: str, token: Token) -> Response:
        """Give the sound of a preview."""
        desk.person(token)
        return FileResponse(preview_path(house, name), media_type="audio/wav")

    @router.post("/speech", tags=["library"], **told(JobState, takes=SpeechAsked, status=202))
    def speak(body: RawBody, token: Token) -> Response:
        """Have a text spoken into the library; GET /uploads/{id} shows how far it is."""
        asked = read_as(body, SpeechAsked)
        job = ask_speech(house, asked, who=desk.person(token), now=house.clock())
        nudge(house)
        return shown(job, 202)


def add_playlists(router: APIRouter, desk: Desk) -> None:
    """Add playlists."""
    house = desk.house

    @router.get("/playlists", tags=["library"], **told(PlaylistPage))
    def playlists(
        token: Token,
        usable_at: Annotated[str, Query(max_length=200)] = "",
        archived: bool = False,  # noqa: FBT001, FBT002  a parameter of the address
        after: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> Response:
        """List playlists by title, page by page."""
        with desk.reading(token) as (unit, who):
            found = list_playlists(
                unit, who=who, usable_at=usable_at, archived=archived, after=after, limit=limit
            )
            return shown(found)

    @router.post(
        "/playlists", tags=["library"], **told(PlaylistState, takes=PlaylistAsked, status=201)
    )
    def add(body: RawBody, token: Token) -> Response:
        """Keep a new playlist."""
        asked = read_as(body, PlaylistAsked)
        said = PlaylistSaid(title=asked.title, items=asked.items, summary=asked.summary)
        with desk.writing(token) as (unit, who):
            state = create_playlist(unit, asked.area, said, who=who, now=house.clock())
        return shown(state, 201)

    @router.get("/playlists/{playlist_id}", tags=["library"], **told(PlaylistState))
    def playlist(playlist_id: str, token: Token) -> Response:
        """Tell one playlist."""
        with desk.reading(token) as (unit, who):
            return shown(playlist_named(unit, playlist_id, who=who))

    @router.put(
        "/playlists/{playlist_id}", tags=["library"], **told(PlaylistState, takes=PlaylistChange)
    )
    def change(playlist_id: str, body: RawBody, token: Token) -> Response:
        """Replace a playlist; an old `version` is answered with 409 and the one that stands."""
        asked = read_as(body, PlaylistChange)
        said = PlaylistSaid(title=asked.title, items=asked.items, summary=asked.summary)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(change_playlist(unit, playlist_id, said, asked.version, who=who, now=now))

    @router.post("/playlists/{playlist_id}/archive", tags=["library"], **told(PlaylistState))
    def put_away(playlist_id: str, token: Token) -> Response:
        """Archive a playlist."""
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(archive_playlist(unit, playlist_id, archived=True, who=who, now=now))

    @router.delete("/playlists/{playlist_id}/archive", tags=["library"], **told(PlaylistState))
    def bring_back(playlist_id: str, token: Token) -> Response:
        """Bring a playlist back."""
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(archive_playlist(unit, playlist_id, archived=False, who=who, now=now))
