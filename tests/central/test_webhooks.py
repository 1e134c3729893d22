"""Webhooks: what is told to whom, how it is signed, when it is sent again, and whom nobody can have us call."""

import base64
import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from central.db.fleet import DeviceRow
from central.db.interfaces import DeliveryRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.domain.webhooks import (
    CHOICES,
    EVENT_WORDS,
    MOST_TRIES,
    Event,
    NewWebhook,
    may_call,
    wait_after,
)
from central.services import publish, take_announcement
from central.services.presence import tend_webhooks
from central.services.webhook_sending import LEASE, send_webhooks
from central.services.webhooks import (
    MOST_PER_AREA,
    WebhookAsked,
    checked_url,
    create_webhook,
    delete_webhook,
    list_deliveries,
    list_webhooks,
    renew_secret,
    switch_webhook,
    tell_of_many,
    try_webhook,
)
from contract.testing import Authority
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot


class Listener(ThreadingHTTPServer):
    """Another system on loopback: keeps what it was told, and answers as it was set to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.location = ""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_port}/hook?of=dt"

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answering(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("location", self.server.location)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who listens."""
    found = Listener()
    yield found
    found.close()


@pytest.fixture
def other() -> Iterator[Listener]:
    """Somebody else who listens."""
    found = Listener()
    yield found
    found.close()


@pytest.fixture
def allowing(tmp_path: Path, authority: Authority) -> Iterator[Province]:
    """A province whose operator lets webhooks call this machine."""
    province = Province(tmp_path / "site", authority, webhook_networks=["127.0.0.0/8"])
    yield province
    province.house.close()


@pytest.fixture
def lan(allowing: Province) -> Person:
    """The province's administrator."""
    return allowing.person("lan", PersonRole.ADMINISTRATOR)


def hook(
    province: Province,
    who: Person,
    url: str,
    *events: Event,
    area: str = "dt",
) -> NewWebhook:
    """Return a new address."""
    asked = WebhookAsked(name="Cổng tỉnh", area=area, url=url, events=events or CHOICES)
    with province.house.writing() as unit:
        return create_webhook(unit, asked, who=who, now=province.now)


def send(province: Province) -> int:
    """Send what is due."""
    return send_webhooks(province.house, province.now)


def types(listener: Listener) -> list[str]:
    """Return of what it was told."""
    return [json.loads(body)["type"] for _, body in listener.told]


def checked(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Return whether a message is signed with this secret, by the words of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"


def test_every_event_has_a_word() -> None:
    """No event is nameless."""
    assert set(EVENT_WORDS) == set(Event)


def test_a_message_is_signed_with_its_own_secret(
    allowing: Province, lan: Person, listener: Listener
) -> None:
    """The other side can check who sent it and when; a new secret signs what comes after, the old one nothing more."""
    made = hook(allowing, lan, listener.url)
    with allowing.house.writing() as unit:
        try_webhook(unit, made.webhook.id, who=lan, now=allowing.now)
    assert send(allowing) == 1
    headers, body = listener.told[0]
    assert checked(made.secret, headers, body)
    assert not checked(made.secret, headers, body + b" ")
    assert headers["webhook-timestamp"] == str(int(allowing.now.timestamp()))
    assert headers["content-type"] == "application/json"
    assert json.loads(body) | {"timestamp": ""} == {
        "type": "test",
        "timestamp": "",
        "area": "dt",
        "data": {"by": "lan"},
    }
    with allowing.house.writing() as unit:
        again = renew_secret(unit, made.webhook.id, who=lan, now=allowing.now)
        try_webhook(unit, made.webhook.id, who=lan, now=allowing.now)
    send(allowing)
    assert checked(again.secret, *listener.told[1])
    assert not checked(made.secret, *listener.told[1])
    with allowing.house.reading() as unit:
        found = list_deliveries(unit, made.webhook.id, who=lan)
    assert [(one.word, one.status, one.tries) for one in found] == [("đã nhận", 200, 1)] * 2


def test_deeds_are_told_where_they_are_done(
    allowing: Province, lan: Person, listener: Listener, other: Listener, tone: Path
) -> None:
    """Approving, publishing, announcing and cancelling are told in their area; a neighbour's listener hears nothing."""
    hook(allowing, lan, listener.url, area=COMMUNE)
    hook(allowing, lan, other.url, area=OTHER)
    content = allowing.sound(tone, approved_for=None)
    allowing.sound(tone, approved_for=COMMUNE)
    allowing.slot(make_slot(content.sha256))
    allowing.appliance()
    publish(allowing.house, COMMUNE, who=None, now=allowing.now)
    with allowing.house.writing() as unit:
        paper = allowing.authority.announce([HAMLET], sent=allowing.now)
        alarm = take_announcement(unit, paper, who=None, now=allowing.now)
    with allowing.house.writing() as unit:
        end = allowing.authority.cancel(alarm.id, areas=[HAMLET], sent=allowing.now)
        take_announcement(unit, end, who=None, now=allowing.now)
    send(allowing)
    assert types(listener) == [
        "content.approved",
        "programme.published",
        "announcement.announced",
        "announcement.cancelled",
    ]
    assert other.told == []
    told = json.loads(listener.told[1][1])
    assert told["data"]["changed"] == 1


def test_losing_and_finding_appliances_is_told_once(
    allowing: Province, lan: Person, listener: Listener
) -> None:
    """Those that fall silent come in one message, and once; when they are heard again that is told too."""
    hook(allowing, lan, listener.url, Event.LOST, Event.BACK)
    devices = [allowing.appliance(f"Cụm {n}")[1] for n in range(3)]
    seen(allowing, devices)
    for _ in range(2):
        tend_webhooks(allowing.house, allowing.now)
    assert send(allowing) == 0
    allowing.clock.pass_by(timedelta(minutes=6))
    for _ in range(2):
        tend_webhooks(allowing.house, allowing.now)
    send(allowing)
    (lost,) = (json.loads(body) for _, body in listener.told)
    assert {found["device"] for found in lost["data"]["appliances"]} == set(devices)
    seen(allowing, devices[:1])
    for _ in range(2):
        tend_webhooks(allowing.house, allowing.now)
    send(allowing)
    back = json.loads(listener.told[1][1])
    assert (back["type"], len(back["data"]["appliances"])) == ("appliances.back", 1)


def seen(province: Province, devices: Sequence[str]) -> None:
    """Have appliances been heard now."""
    with province.house.writing() as unit:
        query = update(DeviceRow).where(DeviceRow.id.in_(devices))
        unit.session.execute(query.values(last_seen=province.now))


def test_what_is_not_taken_comes_again_and_dies_in_the_end(
    allowing: Province, lan: Person, listener: Listener
) -> None:
    """After a refusal it waits longer each time, and after the last try it is given up, with the reason."""
    listener.status = 500
    made = hook(allowing, lan, listener.url)
    with allowing.house.writing() as unit:
        try_webhook(unit, made.webhook.id, who=lan, now=allowing.now)
    for tries in range(1, MOST_TRIES + 1):
        assert send(allowing) == 1
        assert send(allowing) == 0, "not before its time"
        wait = wait_after(tries)
        if wait is not None:
            allowing.clock.pass_by(wait)
    allowing.clock.pass_by(timedelta(days=2))
    assert send(allowing) == 0
    with allowing.house.reading() as unit:
        (dead,) = list_deliveries(unit, made.webhook.id, who=lan)
        (state,) = list_webhooks(unit, ["dt"])
    assert (dead.word, dead.tries, dead.status) == ("đã bỏ", MOST_TRIES, 500)
    assert "500" in dead.why
    assert (state.word, state.dead) == ("có tin không gửi được", 1)
    waits = [wait_after(n) for n in range(1, MOST_TRIES)]
    assert waits == sorted(waits, key=lambda wait: wait or timedelta())


def test_a_redirect_is_not_followed(
    allowing: Province, lan: Person, listener: Listener, other: Listener
) -> None:
    """An answer that points elsewhere is a failure with words, and nobody else is called."""
    listener.status, listener.location = 302, other.url
    made = hook(allowing, lan, listener.url)
    with allowing.house.writing() as unit:
        try_webhook(unit, made.webhook.id, who=lan, now=allowing.now)
    send(allowing)
    with allowing.house.reading() as unit:
        (found,) = list_deliveries(unit, made.webhook.id, who=lan)
    assert "chuyển hướng" in found.why
    assert other.told == []


def test_inner_addresses_are_not_called(province: Province, listener: Listener) -> None:
    """Without the operator's word nothing in here is called, by whatever name or spelling."""
    who = province.person("lan", PersonRole.ADMINISTRATOR)
    names = {
        "plain": listener.url,
        "named": "https://inner.example/x",
        "two-faced": "https://both.example/x",
        "by-six": f"http://[::1]:{listener.server_port}/",
        "mapped": "https://mapped.example/",
    }
    numbers = {
        "inner.example": ["10.0.0.5"],
        "both.example": ["1.1.1.1", "192.168.1.1"],
        "mapped.example": ["::ffff:127.0.0.1"],
    }

    def look(host: str, port: int) -> Sequence[str]:
        return numbers.get(host, [host])

    ids = {name: hook(province, who, url).webhook.id for name, url in names.items()}
    with province.house.writing() as unit:
        for webhook in ids.values():
            try_webhook(unit, webhook, who=who, now=province.now)
    assert send_webhooks(province.house, province.now, look=look) == len(names)
    assert listener.told == []
    with province.house.reading() as unit:
        for name, webhook in ids.items():
            (found,) = list_deliveries(unit, webhook, who=who)
            assert "mạng nội bộ" in found.why, (name, found.why)


def test_plain_http_is_for_networks_the_operator_named(province: Province) -> None:
    """To the open internet only https is spoken."""
    who = province.person("lan", PersonRole.ADMINISTRATOR)
    made = hook(province, who, "http://open.example/")
    with province.house.writing() as unit:
        try_webhook(unit, made.webhook.id, who=who, now=province.now)

    def look(host: str, port: int) -> Sequence[str]:
        return ["1.1.1.1"]

    send_webhooks(province.house, province.now, look=look)
    with province.house.reading() as unit:
        (found,) = list_deliveries(unit, made.webhook.id, who=who)
    assert "https" in found.why


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.168.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_what_may_be_called(number: str, may: bool) -> None:
    """Only numbers of the open internet; those that carry an inner one within are inner."""
    assert may_call(ipaddress.ip_address(number), ()) is may
    assert may_call(ipaddress.ip_address("10.1.2.3"), (ipaddress.ip_network("10.0.0.0/8"),))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "https://",
        "https://u:p@example.org/",
        "https://example.org/#x",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nx: y",
        "javascript:alert(1)",
        "//example.org",
        "https://[::1",
        "https://example.org/" + "x" * 500,
        "https://ví-dụ.vn/",
    ],
)
def test_an_odd_address_is_refused_in_words(url: str) -> None:
    """What is no plain http address is not kept; a plain one is."""
    with pytest.raises(Unacceptable):
        checked_url(url)
    assert checked_url(" https://example.org:8443/a?b=c ") == "https://example.org:8443/a?b=c"


def test_a_process_that_dies_leaves_its_messages(
    allowing: Province, lan: Person, listener: Listener
) -> None:
    """What one process claimed is nobody else's until its lease is over; then it is sent."""
    made = hook(allowing, lan, listener.url)
    with allowing.house.writing() as unit:
        number = try_webhook(unit, made.webhook.id, who=lan, now=allowing.now)
        row = unit.session.get_one(DeliveryRow, number)
        row.leased_until, row.tries = allowing.now + LEASE, 1
    assert send(allowing) == 0
    allowing.clock.pass_by(LEASE)
    assert send(allowing) == 1
    assert types(listener) == ["test"]


def test_one_that_fails_holds_up_neither_its_own_nor_others(
    allowing: Province, lan: Person, listener: Listener, other: Listener
) -> None:
    """After a failure the rest for that address waits untried; other addresses get theirs in the same round."""
    other.status = 503
    first, second = hook(allowing, lan, other.url), hook(allowing, lan, listener.url)
    with allowing.house.writing() as unit:
        for _ in range(3):
            for made in (first, second):
                try_webhook(unit, made.webhook.id, who=lan, now=allowing.now)
    send(allowing)
    assert (len(other.told), len(listener.told)) == (1, 3)
    with allowing.house.reading() as unit:
        tries = [one.tries for one in list_deliveries(unit, first.webhook.id, who=lan)]
    assert sorted(tries) == [0, 0, 1]


def test_one_that_is_off_is_told_nothing(
    allowing: Province, lan: Person, listener: Listener
) -> None:
    """While it is off nothing new is written for it and nothing sent; on again, it goes on."""
    made = hook(allowing, lan, listener.url)
    with allowing.house.writing() as unit:
        switched = switch_webhook(unit, made.webhook.id, enabled=False, who=lan, now=allowing.now)
        assert switched.word == "đang tắt"
    many: list[tuple[str, dict[str, object]]] = [(HAMLET, {"n": n}) for n in range(3)]
    with allowing.house.writing() as unit:
        tell_of_many(unit, Event.SHORT, "plays", many, now=allowing.now)
        assert unit.session.scalar(select(func.count()).select_from(DeliveryRow)) == 0
    with allowing.house.writing() as unit:
        switch_webhook(unit, made.webhook.id, enabled=True, who=lan, now=allowing.now)
        tell_of_many(unit, Event.SHORT, "plays", [*many, ("zz", {"n": 9})], now=allowing.now)
    send(allowing)
    assert len(json.loads(listener.told[0][1])["data"]["plays"]) == 3


def test_only_an_areas_administrator_handles_addresses(allowing: Province, lan: Person) -> None:
    """A commune's administrator sees and touches its own; deliveries of others are closed to it too."""
    foreign = hook(allowing, lan, "https://example.org/", area=OTHER).webhook.id
    binh = allowing.person("binh", PersonRole.ADMINISTRATOR, area=COMMUNE)
    mine = hook(allowing, binh, "https://example.org/", area=HAMLET).webhook.id
    with pytest.raises(Forbidden):
        hook(allowing, binh, "https://example.org/", area=OTHER)
    with allowing.house.writing() as unit:
        assert [one.id for one in list_webhooks(unit, (COMMUNE,))] == [mine]
        for deed in (renew_secret, delete_webhook, try_webhook):
            with pytest.raises(Forbidden):
                deed(unit, foreign, who=binh, now=allowing.now)
        with pytest.raises(Forbidden):
            list_deliveries(unit, foreign, who=binh)
        delete_webhook(unit, mine, who=binh, now=allowing.now)
        with pytest.raises(NotFound):
            delete_webhook(unit, mine, who=binh, now=allowing.now)


def test_an_area_has_a_bounded_number_of_addresses(allowing: Province, lan: Person) -> None:
    """One more than enough is refused."""
    for _ in range(MOST_PER_AREA):
        hook(allowing, lan, "https://example.org/")
    with pytest.raises(Conflict):
        hook(allowing, lan, "https://example.org/")
