"""What the OpenAPI says of a route: the very values that are read and written, so that the document is true.

Law of the room: a route names its types once, by `**told(ANSWER, takes=QUESTION)` in its decorator, and the schemas
are made from them by msgspec. What every route shares (a bearer token, errors in one form) is added to all.

    @router.post("/slots", tags=["slots"], **told(SlotState, takes=SlotAsked, status=201))
    @router.get("/contents", tags=["contents"], **told(tuple[ContentState, ...]))
    @router.delete("/slots/{id}", tags=["slots"], **told(None))                    # 204
    @router.get("/contents/{id}/bytes", tags=["contents"], **told(Sent("audio/mpeg")))
    @router.post("/approvals", tags=["approvals"], **told(ApprovalState, takes=Sent(SEALED_TYPE), status=201))
"""

import inspect
import re
from collections.abc import Iterable
from typing import Any, Final, TypedDict

import msgspec
from fastapi import FastAPI, Response

from central.domain.states import State

JSON_TYPE: Final = "application/json"
_REF: Final = "#/components/schemas/{name}"
_HERE: Final = "told:"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head"})
_KNOWN: dict[object, int] = {}


class Sent(msgspec.Struct, frozen=True):
    """A body that is no JSON of ours: sealed papers, sounds, tables; `media` may be several types."""

    media: str | tuple[str, ...] = "application/octet-stream"
    text: bool = False

    @property
    def medias(self) -> tuple[str, ...]:
        """Return the media types."""
        return (self.media,) if isinstance(self.media, str) else self.media


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused: `error` is a word for programs, `why` a Vietnamese sentence for people.

    `expected` is the counter that would fit, `reason` the English reason why a sealed paper does not hold.
    """

    error: str
    why: str
    expected: int | None = None
    reason: str = ""
    previous_sha256: str | None = None


class Told(TypedDict):
    """What `told` gives to a route's decorator."""

    status_code: int
    response_class: type[Response]
    responses: dict[int | str, dict[str, Any]]
    openapi_extra: dict[str, Any]


_REFUSALS: Final = {
    400: "The request cannot be read as HTTP.",
    401: "Nobody is signed in, or the session is over.",
    403: "The person or token may not do this here.",
    404: "There is no such thing.",
    405: "The path has no such method.",
    409: "It contradicts what already stands.",
    413: "The body is too large.",
    422: "It cannot be done as asked; `why` says what to change.",
    429: "Too many requests; Retry-After says when to come again.",
}


def told(gives: object, *, takes: object = None, status: int = 0, also: Iterable[int] = ()) -> Told:
    """Return what a route says of itself: what it answers with, what it takes, and with which status.

    `gives` and `takes` are types that msgspec knows, `Sent` for other bytes, or None for no body; `also` are further
    statuses with the same answer. The status of an answer without a body is 204 unless told.
    """
    code = status or (204 if gives is None else 200)
    answer: dict[str, Any] = {"description": "Done."}
    if gives is not None:
        answer["content"] = _content(gives)
    extra: dict[str, Any] = {}
    if takes is not None:
        extra["requestBody"] = {"required": True, "content": _content(takes)}
    return Told(
        status_code=code,
        response_class=Response,
        responses=dict.fromkeys((code, *also), answer),
        openapi_extra=extra,
    )


class Described(FastAPI):
    """An application whose OpenAPI is true: schemas from the values themselves, errors as they are written."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi())
        return self.openapi_schema


def _content(body: object) -> dict[str, Any]:
    if isinstance(body, Sent):
        bare = {"type": "string"} if body.text else {"type": "string", "format": "binary"}
        return {
            media: {"schema": {"type": "object"} if media.endswith("json") else dict(bare)}
            for media in body.medias
        }
    number = _KNOWN.setdefault(body, len(_KNOWN))
    return {JSON_TYPE: {"schema": {"$ref": f"{_HERE}{number}"}}}


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    """Put the schemas in, and to every operation what all have in common."""
    kinds = list(_KNOWN)
    schemas, components = msgspec.json.schema_components(
        [Problem, *kinds], schema_hook=_anything, ref_template=_REF
    )
    with_words = {
        name
        for kind in _states()
        if hasattr(kind, "word")
        for name in (kind.__name__, f"{kind.__module__}.{kind.__qualname__}")
    }
    for name, schema in components.items():
        if name in with_words:
            schema["properties"]["word"] = {"type": "string"}
            schema["required"] = [*schema.get("required", ()), "word"]
    problem = schemas[0]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                _complete(operation, problem, method=method, path=path)
    parts = document.setdefault("components", {})
    parts["schemas"] = {name: _portable(schema) for name, schema in components.items()}
    put_in: dict[str, Any] = _replaced(document, schemas[1:])
    needed = _reached(put_in["paths"], put_in["components"]["schemas"])
    put_in["components"]["schemas"] = {
        name: schema for name, schema in put_in["components"]["schemas"].items() if name in needed
    }
    return put_in


def _complete(operation: dict[str, Any], problem: object, *, method: str, path: str) -> None:
    answers = operation["responses"]
    for status, words in _REFUSALS.items():
        if status == 413 and method in {"get", "head"}:
            continue
        answers[str(status)] = {"description": words}
        if method != "head":
            answers[str(status)]["content"] = {JSON_TYPE: {"schema": problem}}
    if path.startswith("/device/v1") and method == "get":
        answers["304"] = {"description": "You have these bytes already."}
    answers["429"]["headers"] = {
        "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}
    }


def _anything(kind: type) -> dict[str, Any]:
    """Return the schema of what is not told closer."""
    if kind is object:
        return {"description": "Any JSON."}  # an empty schema would pass for none
    msg = f"say what {kind} looks like in JSON"
    raise NotImplementedError(msg)


def _states() -> Iterable[type[State]]:
    waiting: list[type[State]] = [State]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


def _portable(schema: object) -> Any:  # noqa: ANN401  JSON has no narrower type
    """Return a schema without what only Python reads: its end-of-text mark in patterns, indented docstrings."""
    if isinstance(schema, dict):
        found = {key: _portable(value) for key, value in schema.items()}
        if found.get("items") is False and found.get("prefixItems"):
            # a row of unlike things: tools stumble over how JSON Schema spells it
            found["items"] = {"anyOf": found.pop("prefixItems")}
        if isinstance(found.get("pattern"), str):
            found["pattern"] = re.sub(r"\\Z$", "$", found["pattern"])
        if isinstance(found.get("description"), str):
            found["description"] = inspect.cleandoc(found["description"])
        return found
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    return schema


def _replaced(part: object, schemas: tuple[dict[str, Any], ...]) -> Any:  # noqa: ANN401  JSON has no narrower type
    """Return a part of the document with our own references resolved."""
    if isinstance(part, dict):
        named = part.get("$ref")
        if isinstance(named, str) and named.startswith(_HERE):
            return _portable(schemas[int(named.removeprefix(_HERE))])
        return {key: _replaced(value, schemas) for key, value in part.items()}
    if isinstance(part, list):
        return [_replaced(item, schemas) for item in part]
    return part


def _reached(part: object, schemas: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that are used, directly or by others."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            name = str(at.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting += at.values()
        elif isinstance(at, list):
            waiting += at
    return found
