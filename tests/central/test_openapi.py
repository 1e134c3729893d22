"""The whole API held to its own description: nothing that is sent makes an error of ours, every schema is honoured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis import GenerationMode

from tests.central.attacking import Attacked, budget


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, tone: Path) -> Iterator[Attacked]:
    """One busy province for the whole module."""
    built = Attacked(tmp_path_factory.mktemp("attacked"), tone)
    try:
        yield built
    finally:
        built.close()


def operations(attacked: Attacked) -> dict[str, Any]:
    """Return what the document says of each route of /api/v1."""
    paths = attacked.central.described.openapi()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path.startswith("/api/v1")
    }


def test_every_route_says_what_it_answers_and_takes(attacked: Attacked) -> None:
    """Each operation has a schema for its answer and for what it reads, a sentence, a room, and the errors' form."""
    mute = []
    for label, operation in operations(attacked).items():
        answers = operation["responses"]
        good = [answers[code] for code in answers if code.startswith("2")]
        bare = "204" in answers or label.startswith("HEAD ")
        if not any("content" in answer for answer in good) and not bare:
            mute.append(f"{label}: no answer")
        if not operation.get("description") or not operation.get("tags"):
            mute.append(f"{label}: no sentence or no room")
        if label.startswith("HEAD "):
            continue
        problem = answers["422"]["content"]["application/json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}, label
    assert mute == []


def test_every_route_but_the_door_asks_for_a_token(attacked: Attacked) -> None:
    """Without a token nothing is answered, and the document says so."""
    open_doors = [
        label
        for label, operation in operations(attacked).items()
        if operation.get("security") != [{"bearer": []}]
    ]
    assert "POST /api/v1/session" in open_doors
    for label in operations(attacked):
        method, _, path = label.partition(" ")
        answer = attacked.ask(method, path.replace("{", "").replace("}", ""))
        if label in open_doors:
            assert answer.status_code < 500, label
        else:
            assert answer.status_code == 401, label
            assert method == "HEAD" or set(answer.json()) == {"error", "why"}, label


@pytest.mark.timeout(120 + 60 * budget())
@pytest.mark.parametrize("mode", ["as-described", "otherwise"])
def test_nothing_that_is_sent_makes_an_error_of_ours(attacked: Attacked, mode: str) -> None:
    """What is described and what is not: each answer is one that the document names, in the form it names."""
    kind = GenerationMode.POSITIVE if mode == "as-described" else GenerationMode.NEGATIVE
    found = [
        fault for label in attacked.operations for fault in attacked.attack(label, kind, budget())
    ]
    assert found == [], "\n".join(found)
