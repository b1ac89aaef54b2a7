"""Limits that uvicorn has not: one request at a time, and bounds on head, time and number of connections."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import random
import re
from collections import deque
from http import HTTPStatus

from uvicorn.protocols.http.auto import AutoHTTPProtocol  # httptools if it is installed, else the slower h11

from service.guard import HEADERS

READ_BYTES = 65_536  # at once; so much of what a client sends ahead is kept
HEAD_BYTES = 32_000  # first line and headers
SECONDS = 10.0  # from a request's first byte to its last, and for a client to take what it was sent
CONNECTIONS = 450  # open at once; for one more, the client that has kept us waiting longest must go
AHEAD_SECONDS = 0.5  # between two answers to a client that sends further requests without waiting for them
CHUNK = 1_000  # bytes that the parser gets at once of a body whose end only the parser finds
HEAD_END = re.compile(rb"\n\r?\n")
FRAMING = re.compile(rb"\n(content-length|transfer-encoding)[ \t]*:")
UPGRADE = re.compile(rb"\n(?=upgrade[ \t]*:)", re.IGNORECASE)
# Of such a request two programs may think differently where it ends.
UNCLEAR = re.compile(
    rb"\ACONNECT |\n[ \t]|\ntransfer-encoding[ \t]*:(?![ \t]*chunked[ \t]*\r?\n)", re.IGNORECASE
)
# A line for each of them would let anybody fill the disk; they are counted with the answers, as 400.
logging.getLogger("uvicorn.error").addFilter(lambda record: record.msg != "Invalid HTTP request received.")


class Connection(AutoHTTPProtocol):
    """uvicorn's protocol, given one request at a time. What a client sends ahead stays in `held`, and no
    more is read from it, until its request is answered. What is too large or too slow gets a sentence, and
    the connection ends.
    """

    parsed = 0  # bytes at the start of `held` that the parser has already: a head without its end
    body: float = 0  # bytes of the body that are still to come, infinite if only the parser finds its end
    since = 0.0  # when the last step was done: connected, request begun, request complete, answered

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.limit_concurrency = None  # of uvicorn, which would shut out everybody, /health included
        self.ws_protocol_class = None
        if hasattr(transport, "max_size"):  # asyncio's own loop reads four times as much at once
            transport.max_size = READ_BYTES
        self.held, self.since = bytearray(), self.loop.time()
        self.look()
        if len(self.connections) > CONNECTIONS:
            waiting = (one for one in self.connections if one.waits)
            longest = min(waiting, key=lambda one: (not one.held and not one.flow.write_paused, one.since))
            self.connections.discard(longest)
            if longest is self:
                self.refuse(503, "Too many requests at once: try again in a moment.")
            else:
                longest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.timer.cancel()
        super().connection_lost(exc)

    @property
    def asked(self) -> bool:
        """A whole request is here, and its answer is not out yet."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    @property
    def waits(self) -> bool:
        """It is the client's turn: to send a request or its rest, or to take the answer."""
        return not self.asked or self.flow.write_paused

    def data_received(self, data: bytes) -> None:
        if not (self.held or self.body or self.asked):
            self.since = self.loop.time()
        self.held += data
        self.parse()

    def parse(self) -> None:
        """Give the parser what belongs to the next request, and nothing of the one after it."""
        while len(self.held) > self.parsed and not self.asked and not self.transport.is_closing():
            if self.body:
                self.parse_body()
            else:
                self.parse_head()
        if self.asked:
            self.since = self.loop.time()
            if self.held:
                self.scope["state"]["ahead"] = True  # for the guard
                self.flow.resume_reading()  # else uvicorn, when it asks for the body, undoes the next line
                self.transport.pause_reading()

    def parse_head(self) -> None:
        if not self.parsed and self.held[0] in b"\r\n":  # blank lines before a request mean nothing
            self.held = self.held.lstrip(b"\r\n")
        found = HEAD_END.search(self.held, max(self.parsed - 3, 0))
        end = found.end() if found else len(self.held)
        if end > HEAD_BYTES:
            return self.refuse(431, f"The head exceeds {HEAD_BYTES:,} bytes.")
        # The parser gets the first line as it comes, to see at once what is no HTTP, and all others together.
        line = len(self.held[:end].partition(b"\n")[0])
        piece = bytes(self.held[min(self.parsed, line) : end if found else line])
        if found:
            framing = set(FRAMING.findall(bytes(self.held[:end]).lower()))
            if len(framing) > 1 or UNCLEAR.search(self.held, 0, end):
                return self.refuse(400, "Send a length or chunks; no CONNECT, no header of two lines.")
            piece = UPGRADE.sub(b"\nx-not-", piece)  # an offer that may be ignored, and parsers do not
        if piece:
            super().data_received(piece)
        self.parsed = end
        if found:
            del self.held[:end]
            self.parsed = 0
            if self.cycle is not None and self.cycle.more_body:
                self.body = declared_length(self.scope["headers"]) or math.inf

    def parse_body(self) -> None:
        size = CHUNK if self.body == math.inf else int(self.body)
        piece = bytes(self.held[:size])
        del self.held[:size]
        super().data_received(piece)
        self.body = self.body - len(piece) or math.inf if self.cycle.more_body else 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.headers = deque(maxlen=0)  # what follows a body in chunks must not pass for headers

    def eof_received(self) -> bool:
        """The client sends no more, but may still read."""
        if not self.asked:
            if self.held or self.body:
                self.refuse(400, "The request ended before all of it was here.")
            return False
        if not self.held:
            self.cycle.keep_alive = False
        return True  # the connection stays open for the answer

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.since = self.loop.time()
        if self.held:
            self.loop.call_later(random.uniform(1, 2) * AHEAD_SECONDS, self.go_on)  # not all at once

    def go_on(self) -> None:
        """Take up what was sent ahead."""
        self.transport.resume_reading()
        self.parse()

    def look(self) -> None:
        """Is the client overdue? One timer looks again and again: one for each request would cost more."""
        now, due = self.loop.time(), self.since + SECONDS
        if now >= due and self.waits:
            if self.flow.write_paused or self.transport.is_closing():  # what it was sent it does not take
                self.transport.abort()
            elif self.held or self.body:
                self.refuse(408, f"The request did not arrive within {SECONDS:.0f} seconds.")
            elif self.cycle is None:  # a browser keeps connections in reserve: no answer to no question
                self.transport.close()
        self.timer = self.loop.call_at(due if now < due else now + SECONDS, self.look)

    def send_400_response(self, msg: str) -> None:
        """In place of uvicorn's, which is plain text."""
        self.refuse(400, "The request is not valid HTTP.")

    def refuse(self, status: int, sentence: str) -> None:
        """Answer like the application does, count it like an answer of the application, and close."""
        if not self.transport.is_closing():
            body = json.dumps({"error": sentence}).encode()
            lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
            lines += [b"content-type: application/json", b"content-length: %d" % len(body)]
            lines += [b"connection: close", *(b"%s: %s" % header for header in HEADERS)]
            self.transport.write(b"\r\n".join([*lines, b"", body]))
            self.config.app.state.server.metrics.requests.labels("other", status).inc()
        self.transport.close()


def declared_length(headers: list[tuple[bytes, bytes]]) -> int:
    """The length that a request declares for its body, 0 if none."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)
