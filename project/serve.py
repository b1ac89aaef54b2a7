"""The model as a web service: /health says which version answers, /predict judges one case, and logs it.

    python serve.py                 on http://127.0.0.1:8000 (a try in the browser: /docs)
    python serve.py --port 0        on a free port; the first line says which
    python serve.py --with-parent   ends when its standard input ends: for a notebook that starts it

It answers this computer only. Before others may reach it, put a web server with TLS and passwords before it.
"""

import argparse
import contextlib
import os
import socket
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

import registry
from model import NOT_LOGGED, Row

LOG = Path(__file__).resolve().parent / "log.db"
BODY_LIMIT = 100_000  # bytes
INSERT = "insert into predictions (at, version, probability, called, request) values (?, ?, ?, ?, ?)"


class InUse:
    """The model in use, loaded anew when the registry says another one is."""

    def __init__(self, models: Path):
        self.models, self.name, self.lock = models, None, threading.Lock()

    def get(self):
        """Name, fitted model and passport; the former one goes on where the new one cannot be loaded."""
        with self.lock:
            wanted = (registry.history(self.models) or [None])[-1]
            if wanted is not None and wanted != self.name:
                try:
                    self.fitted, self.passport = registry.load(wanted, self.models)
                    self.name = wanted
                except registry.RegistryError as error:
                    print(error, file=sys.stderr, flush=True)
            if self.name is None:
                raise HTTPException(503, "There is no model yet: run python train.py.")
            if self.passport["fields"] != list(Row.model_fields):
                raise HTTPException(503, f"{self.name} was trained on other fields: run train.py --promote.")
            return self.name, self.fitted, self.passport


def make_app(models: Path = registry.MODELS, log: Path = LOG) -> FastAPI:
    """The application; models is the registry's folder, log the file of the predictions (made if missing)."""
    app = FastAPI(title="My project")
    in_use = InUse(models)
    if registry.history(models):
        with contextlib.suppress(HTTPException):  # each request is told it
            in_use.get()  # now, and not when the first request comes
    with connected(log) as base:
        base.execute(
            "create table if not exists predictions"
            " (id integer primary key, at real, version text, probability real, called integer, request text)"
        )

    @app.get("/health")
    def health() -> dict:
        return {"status": "ok", "version": in_use.get()[0]}

    @app.post("/predict")
    def predict(row: Row) -> dict:
        name, fitted, passport = in_use.get()
        case = pd.DataFrame([row.model_dump()])
        probability = float(fitted.predict_proba(case)[0, 1])
        called = probability >= passport["threshold"]
        with connected(log) as base:
            kept = row.model_dump_json(exclude=set(NOT_LOGGED))
            values = (time.time(), name, probability, int(called), kept)
            number = base.execute(INSERT, values).lastrowid
        return {"id": number, "version": name, "probability": probability, "called": bool(called)}

    @app.exception_handler(RequestValidationError)
    def say_what_is_wrong(request: Request, error: RequestValidationError) -> JSONResponse:
        """Name each wrong field and the fault, without sending the input back."""
        faults = [
            {"field": ".".join(map(str, one["loc"])), "fault": one["msg"]} for one in error.errors()[:10]
        ]
        return JSONResponse({"errors": faults}, status_code=422)

    @app.middleware("http")
    async def limit_the_size(request: Request, answer):
        length = request.headers.get("content-length", "")
        if request.method == "POST" and not length.isdigit():
            return JSONResponse({"errors": "a request must say its length"}, status_code=411)
        if length.isdigit() and int(length) > BODY_LIMIT:
            return JSONResponse({"errors": f"at most {BODY_LIMIT:,} bytes"}, status_code=413)
        return await answer(request)

    return app


class connected(sqlite3.Connection):
    """A connection to the log that saves what was written, and closes, at the end of its `with` block."""

    def __init__(self, log: Path):
        super().__init__(log, timeout=20)
        self.execute("pragma journal_mode = wal")  # many may read while one writes, and a write waits
        self.execute("pragma synchronous = normal")  # for no disk; a power cut may cost the last lines

    def __exit__(self, *error):
        super().__exit__(*error)
        self.close()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--models", type=Path, default=registry.MODELS)
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--with-parent", action="store_true")
    chosen = parser.parse_args(arguments)
    # The protocol is named: else asyncio does not know TCP, and an answer waits 40 ms for its last part.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.bind(("127.0.0.1", chosen.port))
        listening.listen(128)  # from here on a request waits, and is not refused
    except OSError as error:
        sys.exit(f"Port {chosen.port} cannot be used ({error.strerror}): choose another with --port.")
    settings = uvicorn.Config(make_app(chosen.models, chosen.log), log_level="warning", access_log=False)
    server = uvicorn.Server(settings)
    if chosen.with_parent:
        threading.Thread(target=end_with_parent, args=[server], daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is the usual end
        print(f"The service listens on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        server.run(sockets=[listening])


def end_with_parent(server: uvicorn.Server) -> None:
    """Wait for the end of standard input; then let the server finish its answers, and end."""
    while os.read(0, 1000):
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
