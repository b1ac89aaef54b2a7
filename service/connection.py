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
    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.deadline = self.loop.call_later(SECONDS, self.too_slow)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        answering = self.cycle is not None and not self.cycle.response_complete
        self.head = 0 if answering else self.head + len(data)
        if answering and not self.cycle.more_body:
            self.stop_waiting()
        elif self.head > HEAD_BYTES:
            self.refuse("431 Request Header Fields Too Large", f"The head exceeds {HEAD_BYTES:,} bytes.")
        elif self.deadline is None:
            self.deadline = self.loop.call_later(SECONDS, self.too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        super().connection_lost(exc)

    def stop_waiting(self) -> None:
        """The request is here, or nobody is left to send it."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def too_slow(self) -> None:
        """Somebody has had the time to send a request and has not."""
        if self.head or self.cycle is not None and not self.cycle.response_started:
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
