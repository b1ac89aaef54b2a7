"""The web service: validated mail in, verdict, probability and telling words out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from service.files import Unreadable, one_message
from service.guard import Guard, Turns
from service.log import Log, Row, note_labels
from service.mail import plain_word, read_message
from service.model import NotThere, SpamModel, current, load

PAGE = Path(__file__).parent / "page"
# Mails with more than this are judged in a thread, so that nobody waits for them.
LONG = 20_000  # characters
LONG_PAGE = 500  # signs "<": the time to parse HTML grows with them
LONG_MESSAGE = 4_000  # bytes of a message, which may hide anything
LONG_WAITING = 20  # long mails that may wait for that thread; half a second each at the worst
WATCH_SECONDS = 0.5  # how often the registry is asked for a new version
WORDS_SHOWN = 8  # in each direction

log = logging.getLogger("service")


class Strict(BaseModel):
    """A request body: an unknown field is an error, and so is a number where text belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Mail(Strict):
    """One mail. The body is plain text or HTML; what is longer than 20,000 characters is not read."""

    subject: str = Field("", description="subject line")
    body: str = Field("", description="text of the mail")


class Batch(Strict):
    """Up to 100 mails."""

    mails: list[Mail] = Field(min_length=1, max_length=100)


class Label(Strict):
    """What a mail turned out to be."""

    id: str = Field(pattern="^[0-9a-f]{32}$", description="id of the answer")
    is_spam: bool


class Labels(Strict):
    """Up to 100 labels."""

    labels: list[Label] = Field(min_length=1, max_length=100)


class Noted(BaseModel):
    """What became of labels."""

    noted: int = Field(description="labels written to the log")
    unknown: int = Field(description="labels whose id the log does not hold")


def kind(given: Any) -> str:
    """Which of the two bodies of /predict is meant."""
    return "batch" if isinstance(given, dict) and "mails" in given else "mail"


class Word(BaseModel):
    """A word of the mail and its push in log-odds: above 0 towards spam."""

    word: str
    push: float


class Answer(BaseModel):
    """The verdict on one mail."""

    id: str
    verdict: str = Field(description="keep, move (to the spam folder) or delete")
    probability: float = Field(ge=0, le=1, description="probability of spam")
    words: list[Word] = Field(description="what pushed most, towards spam first")
    model: str = Field(description="version that answered")


class Answers(BaseModel):
    """The verdicts on a batch, in its order."""

    predictions: list[Answer]


class Problem(BaseModel):
    """Every error looks like this."""

    error: str


class Metrics:
    """The figures of the service itself, in a registry of its own."""

    def __init__(self):
        self.registry = CollectorRegistry()
        made = {"registry": self.registry}
        self.requests = Counter("requests", "Requests by path and status", ["path", "status"], **made)
        self.seconds = Histogram(
            "request_seconds",
            "Time to answer",
            ["path"],
            buckets=[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
            **made,
        )
        verdicts = Counter("verdicts", "Mails judged by verdict", ["verdict"], **made)
        self.verdicts = {verdict: verdicts.labels(verdict) for verdict in ("keep", "move", "delete")}
        self.model = Gauge("model_in_use", "1 for the version in use", ["version"], **made)
        self.refused = Counter("models_refused", "Versions that could not be loaded", **made)
        self.long = Gauge("long_mails_waiting", "Long mails that wait or are judged", **made)
        self.waiting = Gauge("log_rows_waiting", "Predictions that are not in the log yet", **made)
        self.lost = Gauge("log_rows_lost", "Predictions that will never be in the log", **made)


class Server:
    """What the service holds: the model in use, the figures, and the log of predictions.

    Raises ModelError if there is no model, sqlite3.Error if the log cannot be written.
    """

    def __init__(self, registry: Path, database: Path | None):
        self.registry, self.database = registry, database
        self.metrics, self.turns = Metrics(), Turns()
        self.model: SpamModel = load(registry)
        self.version: str = self.model.about["version"]
        self.refused: str | None = None
        self.metrics.model.labels(self.version).set(1)
        self.log = Log(database) if database else None
        if self.log:
            self.metrics.waiting.set_function(lambda: self.log.waiting)
            self.metrics.lost.set_function(lambda: self.log.lost)
        self.names = Random()  # of answers; asking the system for each takes longer, and nothing is secret
        # One thread each, so that none waits for another. More threads for mails would get no more done in
        # Python, and everybody would wait longer for a turn.
        self.long_mails, self.loading, self.labels = (
            ThreadPoolExecutor(1, name) for name in ("long-mails", "loading", "labels")
        )
        self.waiting = 0  # long mails
        self.metrics.long.set_function(lambda: self.waiting)

    def close(self) -> None:
        """Drop what waits for a thread, and write the log."""
        for pool in (self.long_mails, self.loading, self.labels):
            pool.shutdown(wait=False, cancel_futures=True)
        if self.log:
            self.log.close()

    async def watch(self) -> None:
        """Switch to a new version as soon as it is in use in the registry; keep the old if it is damaged."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                wanted = await self.in_thread(self.loading, current, self.registry)
                if wanted not in (self.version, self.refused):
                    await self.switch(wanted)
            except Exception as error:  # whatever is wrong with the registry, the version in use goes on
                log.error("registry: %s", error)

    async def switch(self, version: str) -> None:
        """Load a version beside the running one, then put it in its place in one assignment."""
        try:
            model = await self.in_thread(self.loading, load, self.registry, version)
        except NotThere as error:
            log.warning("version %s is waited for, %s stays in use: %s", version, self.version, error)
            return
        except Exception as error:  # whatever is wrong with the new version, the old one goes on
            self.refused = version
            self.metrics.refused.inc()
            log.error("version %s refused, %s stays in use: %s", version, self.version, error)
            return
        self.metrics.model.clear()
        self.metrics.model.labels(version).set(1)
        self.model, self.version, self.refused = model, version, None
        log.info("version %s in use", version)

    async def in_thread(self, pool: ThreadPoolExecutor, work: Callable, *given) -> Any:
        """The result of `work(*given)`, done in a thread."""
        return await asyncio.get_running_loop().run_in_executor(pool, work, *given)

    def judge(self, subject: str, body: str) -> dict[str, Any]:
        """The answer for one mail (see Answer), counted and noted in the log. Any thread may ask."""
        model, started = self.model, time.perf_counter()  # one version, also if it is switched meanwhile
        found = model.predict(subject, body)
        answer = {
            "id": f"{self.names.getrandbits(128):032x}",
            "verdict": found.verdict,
            "probability": found.probability,
            "words": telling_words(found.pushes),
            "model": model.about["version"],
        }
        self.metrics.verdicts[found.verdict].inc()
        if self.log:
            spent = 1000 * (time.perf_counter() - started)
            about = (found.probability, found.verdict, len(body), len(found.pushes), spent)
            self.log.add(Row(answer["id"], time.time(), answer["model"], *about))
        return answer

    def judge_message(self, content: bytes) -> dict[str, Any]:
        """The same for a message as it was sent, or as a mail program keeps it."""
        try:
            return self.judge(*read_message(one_message(content)))
        except Unreadable as reason:
            raise HTTPException(422, f"The body is {reason}") from None

    async def judge_any(self, mail: Mail) -> dict[str, Any]:
        """The same, at once for a short mail, else from the thread for long ones."""
        if is_long(mail):
            return await self.judge_long(self.judge, mail.subject, mail.body)
        return self.judge(mail.subject, mail.body)

    async def judge_long(self, work: Callable, *given) -> dict[str, Any]:
        """The answer of `work(*given)` from the thread for long mails, if not too many wait for it."""
        if self.waiting >= LONG_WAITING:
            raise HTTPException(503, "Too many long mails are waiting: send this one again in a moment")
        self.waiting += 1
        try:
            return await self.in_thread(self.long_mails, work, *given)
        finally:
            self.waiting -= 1

    def quick(self, body: bytes) -> bytes | None:
        """The answer to a body that is one short mail, as most are, past FastAPI. None for all others."""
        try:
            mail = Mail.model_validate_json(body)
        except ValidationError:
            return None
        return None if is_long(mail) else to_json(self.judge(mail.subject, mail.body))


def is_long(mail: Mail) -> bool:
    """Whether a mail takes so long that it is judged in a thread."""
    signs = mail.subject.count("<") + mail.body.count("<")
    return len(mail.subject) + len(mail.body) > LONG or signs > LONG_PAGE


def telling_words(pushes: dict[str, float]) -> list[dict[str, Any]]:
    """The words that pushed most in each direction; the marks of one word (subject, start …) are added.

    Tokens with less than a quarter of the strongest push are left out.
    """
    sizes = pushes.values()
    least = max(max(sizes, default=0), -min(sizes, default=0)) / 4
    total: dict[str, float] = {}
    for token, push in pushes.items():
        if push > least or push < -least:
            word = plain_word(token)
            total[word] = total.get(word, 0.0) + push
    ranked = sorted(total, key=total.__getitem__, reverse=True)
    chosen = [word for word in ranked[:WORDS_SHOWN] if total[word] > 0]
    chosen += [word for word in ranked[-WORDS_SHOWN:] if total[word] < 0]
    return [{"word": word, "push": round(total[word], 4)} for word in chosen]


def create_app(registry: Path, database: Path | None = None) -> FastAPI:
    """The application, with the model in use in `registry` and predictions logged to `database`.

    Raises ModelError if there is no model, sqlite3.Error if the log cannot be written.
    """
    server = Server(registry, database)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI):
        sys.setswitchinterval(0.001)  # seconds: a thread that judges gives way to the others after 1 ms
        gc.freeze()  # what is here stays: to look through the model again and again takes 40 ms
        watcher = asyncio.create_task(server.watch())
        yield
        watcher.cancel()
        server.close()

    app = FastAPI(
        title="Spam filter",
        version="1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to an address from the request's own "Host", which anybody can make up
        responses={code: {"model": Problem} for code in (400, 408, 413, 415, 422, 500, 503)},
    )
    app.state.server = server
    add_errors(app)
    add_routes(app, server)
    app.mount("/page", StaticFiles(directory=PAGE))
    app.add_middleware(Guard, metrics=server.metrics, turns=server.turns, quick=server.quick)
    return app


def add_routes(app: FastAPI, server: Server) -> None:
    """The paths of the service."""

    @app.post("/predict", response_model=Answer | Answers)
    async def predict(
        given: Annotated[Annotated[Mail, Tag("mail")] | Annotated[Batch, Tag("batch")], Discriminator(kind)],
    ) -> Response:
        """Judge one mail, or a batch of up to 100."""
        if isinstance(given, Mail):
            return json(await server.judge_any(given))
        answers = []
        for mail in given.mails:
            answers.append(await server.judge_any(mail))
            await asyncio.sleep(0)  # other requests need not wait for the whole batch
            await server.turns.wait()
        return json({"predictions": answers})

    # A message begins with a header; an archive, say, is refused.
    text = {"type": "string", "pattern": "^[!-9;-~]+:"}
    message = {
        "content": {"application/octet-stream": {"schema": text}},
        "required": True,
    }

    @app.post("/predict/message", response_model=Answer, openapi_extra={"requestBody": message})
    async def predict_message(request: Request) -> Response:
        """Judge one message as it was sent (RFC 5322): headers, parts, encodings and all.

        Of a message above 2 MB the first 2 MB are read.
        """
        content = await request.body()
        if len(content) > LONG_MESSAGE:
            return json(await server.judge_long(server.judge_message, content))
        return json(server.judge_message(content))

    @app.post("/labels", response_model=Noted, responses={409: {"model": Problem}})
    async def labels(given: Labels) -> Response:
        """Note what mails turned out to be, by the ids of their answers; the latest label counts."""
        if server.database is None:
            raise HTTPException(409, "No log is kept: start the service with --log")
        found = {label.id: label.is_spam for label in given.labels}
        try:
            noted = await server.in_thread(server.labels, note_labels, server.database, time.time(), found)
        except sqlite3.Error as error:
            log.error("labels: %s", error)
            raise HTTPException(503, "The log cannot be written now: send these labels again later") from None
        return json({"noted": noted, "unknown": len(found) - noted})

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        """The page to paste a mail into."""
        return FileResponse(PAGE / "index.html")

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Alive; and in `log`, if the log of predictions is in trouble, a sentence about it."""
        if server.log and server.log.trouble:
            return {"status": "ok", "log": server.log.trouble}
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        """A model is in use, and there is room for mails of any length; else 503."""
        if server.waiting >= LONG_WAITING:
            raise HTTPException(503, "Too many long mails are waiting")
        return {"status": "ready", "model": server.version}

    @app.get("/version")
    async def version() -> dict[str, Any]:
        """Which model answers: version, thresholds, training data, metrics."""
        return {"model": server.version, "thresholds": server.model.thresholds, **server.model.about}

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Figures of the service for Prometheus."""
        return PlainTextResponse(generate_latest(server.metrics.registry))


def add_errors(app: FastAPI) -> None:
    """One short sentence for each error, and nothing of the input in it."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, sentence(error.errors()[0]))

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, f"{error.detail}.")


def sentence(error: dict[str, Any]) -> str:
    """What is wrong with a body, in one sentence that repeats nothing of it but names of fields."""
    where = [str(part) for part in error["loc"][1:] if part not in ("mail", "batch")]
    field = ".".join(where)[:100]
    match error["type"]:
        case "json_invalid":
            return "The body is not valid JSON."
        case "extra_forbidden":
            return f"{field} is not a known field: send subject and body, or mails."
        case "string_type" | "string_unicode":
            return f"{field} must be text."
        case "string_pattern_mismatch":
            return f"{field} must be the id of an answer."
        case "bool_type":
            return f"{field} must be true or false."
        case "too_long" | "too_short":
            return f"{field} must hold 1 to 100 {field}."
        case "missing":
            return f"{field or 'The body'} is missing."
    return f"{field or 'The body'} has the wrong type."


def json(found: dict[str, Any]) -> Response:
    """An answer whose shape is known to be right: it need not be looked at again."""
    return Response(to_json(found), media_type="application/json")


def problem(status: int, sentence: str) -> JSONResponse:
    """An error answer."""
    return JSONResponse({"error": sentence}, status)
