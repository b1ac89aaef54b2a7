"""What stands before the application: limits on the body, its kind and its encoding, and on the time that
others wait; and the shortest way for the request that comes most often.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import re
import time
import traceback
from collections.abc import AsyncIterator
from http import HTTPStatus

BODY_BYTES = 2_000_000  # of one request; of a longer message, what is read
MESSAGE_BYTES = 50_000_000  # of one message: more than mail servers let through
HELD_BYTES = 100_000_000  # of all requests that are here
STRUCTURE_BYTES = 20_000  # of JSON outside its texts; an indented batch of 100 has 10,000
STRUCTURE_TEXTS = 1_000  # names and values: a batch of 100 has 401
TURN_SECONDS = 0.003  # for requests in one turn of the event loop; then it looks who else is there
JSON = {"application/json"}
MESSAGE = {"message/rfc822", "application/octet-stream", "text/plain"}
ACCEPTED = {"/predict": JSON, "/predict/message": MESSAGE, "/labels": JSON}
KNOWN = {"/", "/health", "/ready", "/version", "/metrics", *ACCEPTED}
URGENT = {"/health", "/ready"}
TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # linear, whatever it meets
HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]

log = logging.getLogger("service")


class Refusal(Exception):
    """The request ends here, with this status and sentence."""


class Gone(Exception):
    """The client left before its request was complete: there is nobody to answer."""


class Turns:
    """Shares the event loop: after TURN_SECONDS of requests in one turn, the others come in the next one."""

    began: float | None = None  # when the first request of this turn did

    async def wait(self) -> None:
        """Come back when this turn has time left."""
        while self.began is not None and time.perf_counter() - self.began > TURN_SECONDS:
            await asyncio.sleep(0)
        if self.began is None:
            self.began = time.perf_counter()
            asyncio.get_running_loop().call_soon(self.end)  # that is, in the next turn

    def end(self) -> None:
        self.began = None


class Guard:
    """ASGI middleware: reads the whole body under its limits, then hands it on; counts every answer.

    turns: shared with those who work long. quick: gives the answer to a body of `POST /predict`, or None
    if that takes the application.
    """

    def __init__(self, app, metrics, turns: Turns, quick):
        self.app, self.turns, self.quick = app, turns, quick
        self.held = 0  # bytes of bodies that are here
        # Asking for a label takes longer than counting.
        self.labelled = functools.cache(
            lambda path, status: (metrics.requests.labels(path, status), metrics.seconds.labels(path))
        )

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"] if scope["path"] in KNOWN else "other"
        started, status, parts = time.perf_counter(), None, []

        async def send_on(message):
            nonlocal status
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", []), *HEADERS]
                if message["status"] >= 400 and (b"content-type", b"application/json") not in headers:
                    # Files answer a bad "Range" in a way of their own.
                    raise Refusal(message["status"], f"{HTTPStatus(message['status']).phrase}.")
                status, message = message["status"], {**message, "headers": headers}
            await send(message)

        try:
            async for part in body_parts(scope, receive):
                parts.append(part)
                self.held += len(part)
                if self.held > HELD_BYTES:
                    raise Refusal(503, "Too much is being sent at once: try again in a moment.")
            await self.handle(scope, b"".join(parts), receive, send_on)
        except Gone:
            pass
        except Refusal as refusal:
            await answer(send_on, *refusal.args)
        except Exception as error:
            # The message of an error may repeat what a mail says; its kind and place do not.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s on %s:\n%s", type(error).__name__, path, where)
            if status is not None:
                raise  # half an answer is out: all that is left is to end the connection
            await answer(send_on, 500, "The service failed at this request. Its log says where.")
        finally:
            self.held -= sum(map(len, parts))
            if status is not None:
                count, seconds = self.labelled(path, status)
                count.inc()
                seconds.observe(time.perf_counter() - started)
        return None

    async def handle(self, scope, body: bytes, receive, send) -> None:
        """Answer a request whose body is here."""
        path, method = scope["path"], scope["method"]
        in_no_hurry = scope.get("state", {}).get("ahead")  # it was sent before the answer to another
        if path not in URGENT or in_no_hurry:
            await self.turns.wait()
        if method == "POST" and ACCEPTED.get(path) is JSON:
            check_json(body)
            if path == "/predict" and (found := self.quick(body)):
                return await respond(send, 200, found)
        if method == "HEAD":  # as GET; the server leaves the body out
            scope = {**scope, "method": "GET"}
        return await self.app(scope, once(body, receive), send)


async def body_parts(scope, receive) -> AsyncIterator[bytes]:
    """The body of a request as it arrives, of a message its beginning; or a Refusal."""
    headers = dict(scope["headers"])
    accepted = ACCEPTED.get(scope["path"]) if scope["method"] == "POST" else None
    if accepted:
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
        if kind not in accepted:
            raise Refusal(415, f"Send the body as {min(accepted)}.")
    limit = MESSAGE_BYTES if accepted is MESSAGE else BODY_BYTES
    too_large = Refusal(413, f"The body is larger than {limit:,} bytes.")
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        if size < BODY_BYTES:
            yield part[: BODY_BYTES - size]
        size += len(part)
        if size > limit:
            raise too_large
        more = message.get("more_body")


def check_json(body: bytes) -> None:
    """Refuse what is not UTF-8, and what has more structure than mails: to parse it holds up others."""
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "The body is not UTF-8.") from None
    if len(body) > STRUCTURE_BYTES and len(TEXT.sub(b"", body, STRUCTURE_TEXTS)) > STRUCTURE_BYTES:
        raise Refusal(422, "The body has too many fields or values: send subject and body, or mails.")


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


async def respond(send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Send JSON."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def answer(send, status: int, sentence: str) -> None:
    """Send an error like those of the application, and close: the rest of the body is not read."""
    await respond(send, status, json.dumps({"error": sentence}).encode(), (b"connection", b"close"))
