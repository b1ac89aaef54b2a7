"""Limits that uvicorn has not: on the size of a request's head, and on the time a request takes to arrive."""

from __future__ import annotations

import asyncio
import json

from uvicorn.protocols.http.auto import AutoHTTPProtocol  # httptools if it is installed, else the slower h11

HEAD_BYTES = 32_000  # first line and headers
SECONDS = 10.0  # from the first byte to the last


class Connection(AutoHTTPProtocol):
    """uvicorn's protocol; what is too large or too slow gets a sentence, and the connection ends."""

    head = 0  # bytes of an incomplete head
    begun = False  # part of a request is here, but not all
    since: float | None = None  # when we began to wait for a request or its rest; None while we do not
    timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.since = self.loop.time()
        self.look()

    def data_received(self, data: bytes) -> None:
        if not self.begun:
            self.since = self.loop.time()
        super().data_received(data)
        answering = self.cycle is not None and not self.cycle.response_complete
        self.head = 0 if answering else self.head + len(data)
        self.begun = not answering or self.cycle.more_body
        if not self.begun:
            self.since = None
        elif self.head > HEAD_BYTES:
            self.refuse("431 Request Header Fields Too Large", f"The head exceeds {HEAD_BYTES:,} bytes.")

    def connection_lost(self, exc: Exception | None) -> None:
        self.timer.cancel()
        super().connection_lost(exc)

    def look(self) -> None:
        """Is a request overdue? One timer looks again and again: one for each request would cost more."""
        now = self.loop.time()
        if self.since is None or now < self.since + SECONDS:
            self.timer = self.loop.call_at((self.since or now) + SECONDS, self.look)
        elif self.begun:
            self.refuse("408 Request Timeout", f"The request did not arrive within {SECONDS:.0f} seconds.")
        else:  # a browser keeps connections in reserve: no answer where nothing was asked
            self.transport.close()

    def refuse(self, status: str, sentence: str) -> None:
        """Answer like the application does, and close."""
        if not self.transport.is_closing():
            body = json.dumps({"error": sentence})
            head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            self.transport.write(f"{head}connection: close\r\n\r\n{body}".encode())
        self.transport.close()
