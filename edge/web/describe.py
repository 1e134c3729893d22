"""The description: what the page's OpenAPI says of its routes.

Law of the room: made from the very values that read the forms, so that it cannot say anything else.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

from edge.web import forms
from edge.web.door import FORM

Extra: TypeAlias = dict[str, Any]  # as FastAPI spells it
Answers: TypeAlias = dict[int | str, dict[str, Any]]  # the same

HTML: Final = {"text/html": {"schema": {"type": "string"}}}
PLAIN: Final = {"text/plain": {"schema": {"type": "string"}}}
SEE: Final = {
    "description": "done; see the page",
    "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
}
DOOR: Final[Mapping[int, str]] = {
    400: "not an address of this appliance, or a form that cannot be read",
    403: "from another page, with an old token, or without the right",
    405: "not in this way",
    411: "the length is missing",
    413: "too long",
    415: "not a form",
}


def _html(description: str) -> dict[str, Any]:
    return {"description": description, "content": {**HTML, **PLAIN}}


def looking(media_type: str = "text/html", *more: int) -> Answers:
    """Return the answers of a GET that gives `media_type`; `more` are further statuses that are pages."""
    schema = {"type": "object"} if media_type == "application/json" else {"type": "string"}
    answers: Answers = {
        200: {"description": "as observed now", "content": {media_type: {"schema": schema}}}
    }
    for status in (400, 403, *more):
        answers[status] = _html(DOOR.get(status, "refused, with a sentence"))
    answers["4XX"] = _html("refused, with a sentence")
    return answers


def acting(*more: int) -> Answers:
    """Return the answers of a POST: 303 when done, else a page with the reason."""
    answers: Answers = {303: SEE}
    for status in (*DOOR, *more):
        answers[status] = _html(DOOR.get(status, "refused or asked once more, with a sentence"))
    answers["4XX"] = _html("refused, with a sentence")
    return answers


def form_of(kind: type[forms.Form], media_type: str = FORM) -> dict[str, Any]:
    """Return the request body of a route that reads a `kind`."""
    (_, parts) = msgspec.json.schema_components((kind,), ref_template="#/{name}")
    schema = dict(parts[kind.__name__])
    properties = {name: _ecma(about) for name, about in schema.get("properties", {}).items()}
    schema["properties"] = properties
    encoding = {
        name: {"style": "form", "explode": True} for name in properties if name in forms.LISTS
    }
    content = {media_type: {"schema": schema, "encoding": encoding}}
    return {"requestBody": {"required": True, "content": content}}


def _ecma(about: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema with its pattern as the schema language spells the end of a text."""
    if "pattern" not in about:
        return about
    return about | {"pattern": str(about["pattern"]).replace(r"\Z", "$")}


def query(**values: tuple[str, ...]) -> Extra:
    """Return optional query parameters, each with what it may be."""
    parameters = [
        {"in": "query", "name": name, "schema": {"type": "string", "enum": [str(v) for v in known]}}
        for name, known in values.items()
    ]
    return {"parameters": parameters}


def path(name: str) -> Extra:
    """Return one path parameter."""
    schema = {"type": "string", "minLength": 1}
    return {"parameters": [{"in": "path", "name": name, "required": True, "schema": schema}]}
