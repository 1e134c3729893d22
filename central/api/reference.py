"""A page that tells the API to people: every route and value of the OpenAPI, plain HTML, nothing fetched from outside.

Law of the room: made from the document alone, so that it is as true as that; every text of it is escaped.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Response

from central.api.schema import Described

_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEAD: Final = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Tiếng Làng</title>
<link rel="stylesheet" href="/console/static/base.css"><link rel="stylesheet" href="/console/static/parts.css">
<link rel="stylesheet" href="/console/static/reference.css"></head><body class="reference"><main>
<h1>Tiếng Làng · API</h1>
<p>Giao diện cho hệ thống khác: JSON qua HTTPS, tiêu đề <code>Authorization: Bearer</code> với mã truy cập
(tạo ở trang Kết nối hệ thống khác) hoặc phiên của <code>POST /api/v1/session</code>.
Mọi lỗi có dạng <code>{"error": "…", "why": "…"}</code>. Bản cho máy đọc:
<a href="/api/v1/openapi.json">openapi.json</a>.</p>
"""
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def reference_routes(app: Described) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get("/api/v1/reference", include_in_schema=False)
    def reference() -> Response:
        """Show every route and value of the API."""
        page = "".join(_page(app.openapi()))
        headers = {
            "content-security-policy": _POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        }
        return Response(page, media_type="text/html", headers=headers)

    return router


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    rooms: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations and path.startswith("/api/v1"):
                tag = str((operations[method].get("tags") or ["other"])[0])
                rooms.setdefault(tag, []).append((method, path, operations[method]))
    yield _HEAD
    yield '<nav aria-label="Các nhóm"><ul class="rooms">'
    yield from (f'<li><a href="#{escape(room)}">{escape(room)}</a></li>' for room in rooms)
    yield '<li><a href="#values">values</a></li></ul></nav>'
    for room, found in rooms.items():
        yield f'<section class="card" id="{escape(room)}"><h2>{escape(room)}</h2>'
        for method, path, operation in found:
            yield from _operation(method, path, operation)
        yield "</section>"
    yield '<section class="card" id="values"><h2>Values</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from _value(name, schema)
    yield "</section></main></body></html>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3><span class="word air">{method.upper()}</span> <code>{escape(path)}</code></h3>'
    yield f"<p>{escape(str(operation.get('description', '')))}</p><ul>"
    for parameter in operation.get("parameters", ()):
        if parameter["in"] != "header":
            must = "" if parameter.get("required") else " (may be left out)"
            kind = _kind(parameter.get("schema", {}))
            yield f"<li><code>{escape(parameter['name'])}</code> {kind}{must}</li>"
    for media, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<li>takes {_kind(body['schema'])} <span class='soft'>{escape(media)}</span></li>"
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            content = answer.get("content", {})
            kinds = ", ".join(_kind(body["schema"]) for body in content.values()) or "no body"
            yield f"<li>answers {escape(status)} with {kinds}</li>"
    yield "</ul>"


def _value(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>'
    yield f"<p>{escape(str(schema.get('description', '')))}</p>"
    if "enum" in schema:
        yield f"<p>{escape(' · '.join(str(word) for word in schema['enum']))}</p>"
    fields = schema.get("properties", {})
    if fields:
        needed = set(schema.get("required", ()))
        yield "<ul>"
        for field, kind in fields.items():
            must = "" if field in needed else " (may be left out)"
            yield f"<li><code>{escape(field)}</code> {_kind(kind)}{must}</li>"
        yield "</ul>"


def _kind(schema: Any) -> str:  # noqa: ANN401  JSON has no narrower type
    """Return in HTML what a value is."""
    if not isinstance(schema, dict):
        return "any JSON"
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    kind = schema.get("type", "any JSON")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"table of {_kind(schema['additionalProperties'])}"
    form = schema.get("format") or schema.get("contentEncoding")
    return escape(f"{kind} ({form})" if form else str(kind))
