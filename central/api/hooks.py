"""Webhooks: addresses of other systems that are told of events, and what was sent to them.

Law of the room: only an area's administrators come here; how a message is made up and signed stands in
docs/operations.md.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.people import Right
from central.domain.states import State
from central.domain.webhooks import DeliveryState, NewWebhook, WebhookState
from central.services.webhooks import (
    WebhookAsked,
    create_webhook,
    delete_webhook,
    list_deliveries,
    list_webhooks,
    renew_secret,
    switch_webhook,
    try_webhook,
)


class Switched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an address is to be told."""

    enabled: bool


class TestSent(State, frozen=True, kw_only=True):
    """The number of the delivery that tries an address."""

    delivery: int


def add_hooks(router: APIRouter, desk: Desk) -> None:
    """Add webhooks and their deliveries."""
    house = desk.house

    @router.get("/webhooks", tags=["webhooks"], **told(tuple[WebhookState, ...]))
    def listed(token: Token) -> Response:
        """List the addresses of the areas that you administer, at most 500."""
        with desk.reading(token) as (unit, who):
            return shown(list_webhooks(unit, who.areas(Right.ADMINISTER)))

    @router.post("/webhooks", tags=["webhooks"], **told(NewWebhook, takes=WebhookAsked, status=201))
    def create(body: RawBody, token: Token) -> Response:
        """Add an address; the `secret` that its messages are signed with is shown this once."""
        asked = read_as(body, WebhookAsked)
        with desk.writing(token) as (unit, who):
            made = create_webhook(unit, asked, who=who, now=house.clock())
        return shown(made, 201)

    @router.put("/webhooks/{webhook}", tags=["webhooks"], **told(WebhookState, takes=Switched))
    def switch(webhook: str, body: RawBody, token: Token) -> Response:
        """Turn an address on or off."""
        asked = read_as(body, Switched)
        with desk.writing(token) as (unit, who):
            return shown(
                switch_webhook(unit, webhook, enabled=asked.enabled, who=who, now=house.clock())
            )

    @router.delete("/webhooks/{webhook}", tags=["webhooks"], **told(None))
    def forget(webhook: str, token: Token) -> Response:
        """Forget an address and what was sent to it."""
        with desk.writing(token) as (unit, who):
            delete_webhook(unit, webhook, who=who, now=house.clock())
        return Response(status_code=204)

    @router.post("/webhooks/{webhook}/secret", tags=["webhooks"], **told(NewWebhook, status=201))
    def renew(webhook: str, token: Token) -> Response:
        """Give an address a new secret, shown this once; the old one signs nothing more."""
        with desk.writing(token) as (unit, who):
            made = renew_secret(unit, webhook, who=who, now=house.clock())
        return shown(made, 201)

    @router.post("/webhooks/{webhook}/test", tags=["webhooks"], **told(TestSent, status=202))
    def test(webhook: str, token: Token) -> Response:
        """Have a test message sent within seconds; see its delivery."""
        with desk.writing(token) as (unit, who):
            number = try_webhook(unit, webhook, who=who, now=house.clock())
        return shown(TestSent(delivery=number), 202)

    @router.get(
        "/webhooks/{webhook}/deliveries", tags=["webhooks"], **told(tuple[DeliveryState, ...])
    )
    def deliveries(
        webhook: str,
        token: Token,
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """List what was sent to an address, newest first; go on with `before` the last number."""
        with desk.reading(token) as (unit, who):
            return shown(list_deliveries(unit, webhook, who=who, before=before, limit=limit))
