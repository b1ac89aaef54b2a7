"""What stands before the application: limits on the body, its kind and its encoding."""

from __future__ import annotations

import functools
import json
import time

BODY_BYTES = 2_000_000  # of one request
JSON = {"application/json"}
MESSAGE = {"message/rfc822", "application/octet-stream", "text/plain"}
ACCEPTED = {"/predict": JSON, "/predict/message": MESSAGE}
HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]


class Refusal(Exception):
    """The request ends here, with this status and sentence."""


class Guard:
    """ASGI middleware: reads the whole body under its limits, then hands it on; counts every answer."""

    def __init__(self, app, metrics):
        self.app = app
        # Asking for a label takes longer than counting.
        self.labelled = functools.cache(
            lambda path, status: (metrics.requests.labels(path, status), metrics.seconds.labels(path))
        )

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = time.perf_counter(), 500

        async def send_on(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        try:
            body = await read_body(scope, receive)
        except Refusal as refusal:
            code, sentence = refusal.args
            await answer(send_on, code, sentence)
        else:
            await self.app(scope, once(body, receive), send_on)
        path = scope["path"] if scope["path"] in KNOWN else "other"
        count, seconds = self.labelled(path, status)
        count.inc()
        seconds.observe(time.perf_counter() - started)
        return None


KNOWN = {"/", "/predict", "/predict/message", "/health", "/version", "/metrics"}


async def read_body(scope, receive) -> bytes:
    """The body of a request, or a Refusal."""
    headers = dict(scope["headers"])
    accepted = ACCEPTED.get(scope["path"]) if scope["method"] == "POST" else None
    if accepted:
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
        if kind not in accepted:
            raise Refusal(415, f"Send the body as {min(accepted)}.")
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > BODY_BYTES:
        raise Refusal(413, f"The body is larger than {BODY_BYTES:,} bytes.")
    parts, size = [], 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The connection ended before the body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES:
            raise Refusal(413, f"The body is larger than {BODY_BYTES:,} bytes.")
        more = message.get("more_body")
    body = b"".join(parts)
    if accepted is JSON:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refusal(400, "The body is not UTF-8.") from None
    return body


def once(body: bytes, receive):
    """A `receive` that gives the whole body first, and then what comes after it."""
    given = False

    async def replay():
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def answer(send, status: int, sentence: str) -> None:
    """Send an error like those of the application, and close: the rest of the body is not read."""
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
