"""The web service: validated mail in, verdict, probability and telling words out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from random import Random
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from starlette.exceptions import HTTPException

from service.guard import Guard
from service.mail import plain_word, read_message
from service.model import ModelError, SpamModel, current, load
from service.monitor import Log, Row

PAGE = Path(__file__).parent / "page"
LONG = 20_000  # characters: longer mails are judged in a thread, so that nobody waits for them
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


class Server:
    """What the service holds: the model in use, the figures, and the log of predictions."""

    def __init__(self, registry: Path, database: Path | None):
        self.registry, self.metrics = registry, Metrics()
        self.model: SpamModel = load(registry)
        self.version: str = self.model.about["version"]
        self.refused: str | None = None
        self.metrics.model.labels(self.version).set(1)
        self.log = Log(database) if database else None
        self.names = Random()  # of answers; asking the system for each takes longer, and nothing is secret

    async def watch(self) -> None:
        """Switch to a new version as soon as it is in use in the registry; keep the old if it is damaged."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                wanted = current(self.registry)
                if wanted not in (self.version, self.refused):
                    await self.switch(wanted)
            except (ModelError, OSError, ValueError) as error:
                log.error("registry: %s", error)

    async def switch(self, version: str) -> None:
        """Load a version beside the running one, then put it in its place in one assignment."""
        try:
            model = await asyncio.to_thread(load, self.registry, version)
        except Exception as error:  # whatever is wrong with the new version, the old one goes on
            self.refused = version
            self.metrics.refused.inc()
            log.error("version %s refused, %s stays in use: %s", version, self.version, error)
            return
        self.metrics.model.clear()
        self.metrics.model.labels(version).set(1)
        self.model, self.version, self.refused = model, version, None
        log.info("version %s in use", version)

    async def judge(self, mail: Mail) -> dict[str, Any]:
        """The answer for one mail (see Answer), counted and noted in the log."""
        model, started = self.model, time.perf_counter()  # one version, also if it is switched meanwhile
        if len(mail.body) > LONG:
            found = await asyncio.to_thread(model.predict, mail.subject, mail.body)
        else:
            found = model.predict(mail.subject, mail.body)
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
            about = (found.probability, found.verdict, len(mail.body), len(found.pushes), spent)
            self.log.add(Row(answer["id"], time.time(), answer["model"], *about))
        return answer


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

    Raises ModelError if there is no model.
    """
    server = Server(registry, database)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI):
        watcher = asyncio.create_task(server.watch())
        yield
        watcher.cancel()
        if server.log:
            server.log.close()

    app = FastAPI(
        title="Spam filter",
        version="1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses={code: {"model": Problem} for code in (400, 408, 413, 415, 422)},
    )
    app.state.server = server
    add_errors(app)
    add_routes(app, server)
    app.mount("/page", StaticFiles(directory=PAGE))
    app.add_middleware(Guard, metrics=server.metrics)
    return app


def add_routes(app: FastAPI, server: Server) -> None:
    """The paths of the service."""

    @app.post("/predict", response_model=Answer | Answers)
    async def predict(
        given: Annotated[Annotated[Mail, Tag("mail")] | Annotated[Batch, Tag("batch")], Discriminator(kind)],
    ) -> JSONResponse:
        """Judge one mail, or a batch of up to 100."""
        if isinstance(given, Mail):
            return JSONResponse(await server.judge(given))
        answers = []
        for mail in given.mails:
            answers.append(await server.judge(mail))
            await asyncio.sleep(0)  # other requests need not wait for the whole batch
        return JSONResponse({"predictions": answers})

    message = {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "required": True,
    }

    @app.post("/predict/message", response_model=Answer, openapi_extra={"requestBody": message})
    async def predict_message(request: Request) -> JSONResponse:
        """Judge one message as it was sent (RFC 5322): headers, parts, encodings and all."""
        subject, body = await asyncio.to_thread(read_message, await request.body())
        return JSONResponse(await server.judge(Mail.model_construct(subject=subject, body=body)))

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        """The page to paste a mail into."""
        return FileResponse(PAGE / "index.html")

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Alive, and able to judge."""
        return {"status": "ok"}

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
        case "too_long" | "too_short":
            return "mails must hold 1 to 100 mails."
        case "missing":
            return f"{field or 'The body'} is missing."
    return f"{field or 'The body'} has the wrong type."


def problem(status: int, sentence: str) -> JSONResponse:
    """An error answer."""
    return JSONResponse({"error": sentence}, status)
