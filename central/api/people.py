"""`/api/v1`: what people and their systems ask, in JSON.

Law of the room: parse, ask a verb, answer; rights are the verbs' affair, except what a list may show. Sealed
papers come as the bytes of their envelope. This file only puts the parts together, in the order of the OpenAPI.
"""

from fastapi import APIRouter

from central.api.announcements import add_announcements
from central.api.cap import add_cap, add_cap_sources
from central.api.care import add_care
from central.api.commissionings import add_commissionings
from central.api.contents import add_approvals, add_contents
from central.api.desk import Desk
from central.api.drills import add_drills
from central.api.emergency import add_emergency
from central.api.enrolment import add_enrolments, add_sites
from central.api.fleet import add_fleet
from central.api.hooks import add_hooks
from central.api.library import add_library
from central.api.people_desk import add_people
from central.api.planning import add_planning
from central.api.programmes import add_slots
from central.api.repository import add_trust
from central.api.sessions import add_areas, add_session
from central.api.sticks import add_sticks
from central.api.tally import add_tally
from central.api.tokens import add_tokens
from central.api.transparency import add_log
from central.api.tree import add_tree
from central.api.voices import add_voices
from central.api.workflow import add_workflow
from central.services.unit import House


def people_routes(house: House) -> APIRouter:
    """Return the routes of `/api/v1`."""
    router = APIRouter(prefix="/api/v1")
    desk = Desk(house)
    add_session(router, desk)
    add_areas(router, desk)
    add_contents(router, desk)
    add_approvals(router, desk)
    add_slots(router, desk)
    add_fleet(router, desk)
    add_sites(router, desk)
    add_enrolments(router, desk)
    add_commissionings(router, desk)
    add_sticks(router, desk)
    add_announcements(router, desk)
    add_cap(router, desk)
    add_cap_sources(router, desk)
    add_voices(router, desk)
    add_emergency(router, desk)
    add_drills(router, desk)
    add_trust(router, desk)
    add_log(router, desk)
    add_people(router, desk)
    add_tree(router, desk)
    add_library(router, desk)
    add_workflow(router, desk)
    add_planning(router, desk)
    add_care(router, desk)
    add_tally(router, desk)
    add_tokens(router, desk)
    add_hooks(router, desk)
    return router
