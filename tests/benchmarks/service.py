"""The service against its bound and against a usual tutorial's server, in one run on the same mails.

    python tests/benchmarks/service.py [FLASK]

Measured: the raw model in this process (a), an empty FastAPI application (b), the service with and without
its log, and, if FLASK is given, the plain Flask + joblib server of the usual tutorial (c). FLASK is a folder
made by `pip install --target FLASK flask`, so that Flask stays out of the course's environment.

Requests per second of CPU time of the server, with eight connections, real mails one by one; latency p50 and
p99 on one connection; seconds until the first answer; resident memory. The bound for (a) behind (b) is
1 / (1/a + 1/b).
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import joblib
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from service.mail import tokens  # noqa: E402
from service.model import load, promote, save  # noqa: E402
from service.train import course_mails, fit, to_arrays  # noqa: E402

ROUNDS, PER_ROUND, CONNECTIONS = 15, 1000, 8
MODEL, EMPTY_APP, SERVICE, TUTORIAL = "(a) raw model", "(b) empty FastAPI", "service", "(c) Flask and joblib"
EMPTY = """
import sys, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
class Mail(BaseModel):
    subject: str
    body: str
app = FastAPI()
@app.post("/predict")
async def predict(mail: Mail) -> dict[str, float]:
    return {"probability": 0.5}
@app.get("/health")
async def health():
    return {"status": "ok"}
uvicorn.run(app, port=int(sys.argv[1]), access_log=False)
"""
FLASK = """
import sys, joblib, logging
from flask import Flask, jsonify, request
from service.mail import tokens
logging.getLogger("werkzeug").setLevel(logging.ERROR)
app, (pipeline, platt) = Flask("tutorial"), joblib.load(sys.argv[2])
@app.post("/predict")
def predict():
    mail = request.get_json()
    score = pipeline.decision_function([tokens(mail["subject"], mail["body"])])
    return jsonify(probability=float(platt.predict_proba(score[:, None])[0, 1]))
@app.get("/health")
def health():
    return jsonify(status="ok")
app.run(port=int(sys.argv[1]))
"""


def free_port():
    """A port that nobody uses; the client refuses to measure a server it did not start."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ask(connection, path, body=None):
    """Status of one request."""
    headers = {"content-type": "application/json"} if body else {}
    connection.request("POST" if body else "GET", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


class Server:
    """A server in a process of its own, and what it costs."""

    def __init__(self, command, extra_path=None):
        self.port, started = free_port(), time.perf_counter()
        path = os.pathsep.join(filter(None, [str(ROOT), extra_path]))
        arguments = [str(self.port) if part == "PORT" else part for part in command]
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            try:
                if ask(HTTPConnection("127.0.0.1", self.port), "/health") == 200:
                    break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the server did not start: {command}") from None
                time.sleep(0.005)
        self.start = time.perf_counter() - started
        self.watched = psutil.Process(self.process.pid)

    def cpu(self):
        times = self.watched.cpu_times()
        return times.user + times.system

    def load(self, bodies, connections):
        """Send all bodies over some connections; returns seconds a request, in any order."""
        seconds, rest = [], iter(bodies)
        lock = threading.Lock()

        def work():
            connection = HTTPConnection("127.0.0.1", self.port)
            while True:
                with lock:
                    body = next(rest, None)
                if body is None:
                    return
                began = time.perf_counter()
                assert ask(connection, "/predict", body) == 200
                seconds.append(time.perf_counter() - began)

        threads = [threading.Thread(target=work) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seconds) == len(bodies)
        return seconds

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Loop:
    """The raw model, or a part of it, in this process; measured like a server."""

    def __init__(self, judge):
        self.judge = judge

    def cpu(self):
        return time.process_time()

    def load(self, pairs, _):
        for pair in pairs:
            self.judge(*pair)


def rates(measured, work):
    """Requests per CPU second of each, the median of rounds in which all take their turn: the speed of a
    shared machine changes within seconds, and what is measured one after the other cannot be compared."""
    spent = {name: [] for name in measured}
    for number in range(-1, ROUNDS):
        some = slice(PER_ROUND * number, PER_ROUND * (number + 1)) if number >= 0 else slice(300)
        for name, one in measured.items():
            before = one.cpu()
            one.load(work[name][some], CONNECTIONS)
            if number >= 0:  # the first round is for warming up
                spent[name].append((one.cpu() - before) / PER_ROUND)
    return {name: 1 / statistics.median(seconds) for name, seconds in spent.items()}


def health_beside_others(server, batch):
    """Median and slowest /health in milliseconds: alone, and while long mails or batches are judged."""
    long = json.dumps({"subject": "long", "body": "word and money! " * 12_500}).encode()
    found = {}
    for name, body in {"alone": None, "beside mails of 200 kB": long, "beside batches of 100": batch}.items():
        stop, waits = threading.Event(), []

        def disturb(stop=stop, body=body):
            connection = HTTPConnection("127.0.0.1", server.port)
            while not stop.is_set():
                ask(connection, "/predict", body)

        thread = threading.Thread(target=disturb)
        if body:
            thread.start()
        connection = HTTPConnection("127.0.0.1", server.port)
        for _ in range(100):
            began = time.perf_counter()
            ask(connection, "/health")
            waits.append(1000 * (time.perf_counter() - began))
            time.sleep(0.005)
        stop.set()
        if body:
            thread.join()
        found[name] = statistics.median(waits), max(waits)
    return found


def main():
    """Train, start all servers, measure them in turns, print the report."""
    mails = course_mails()
    learned = fit(mails)
    drawn = np.random.default_rng(0).integers(0, len(mails.bodies), ROUNDS * PER_ROUND)
    pairs = [(mails.subjects[i], mails.bodies[i]) for i in drawn]
    bodies = [json.dumps({"subject": s, "body": b}).encode() for s, b in pairs]
    with tempfile.TemporaryDirectory() as folder:
        registry, tutorial = Path(folder) / "models", Path(folder) / "tutorial.joblib"
        promote(registry, save(to_arrays(learned), registry))
        joblib.dump((learned.fitted, learned.platt), tutorial)
        serve = ["-m", "service", "--registry", str(registry), "--port", "PORT"]
        servers = {
            EMPTY_APP: Server(["-c", EMPTY, "PORT"]),
            SERVICE: Server(serve),
            "service with log": Server([*serve, "--log", str(Path(folder) / "log.db")]),
        }
        if len(sys.argv) > 1:
            servers[TUTORIAL] = Server(["-c", FLASK, "PORT", str(tutorial)], sys.argv[1])
        try:
            compare(servers, load(registry), pairs, bodies)
        finally:
            for server in servers.values():
                server.stop()


def compare(servers, model, pairs, bodies):
    """Measure and print."""
    loops = {MODEL: Loop(model.predict), "   of which reading the mail": Loop(tokens)}
    measured = {**loops, **servers}
    found = rates(measured, {name: pairs if name in loops else bodies for name in measured})
    for name, rate in found.items():
        line = f"{name:30}{rate:8,.0f} per CPU s"
        if name in servers:
            server = servers[name]
            p50, p99 = np.quantile(server.load(bodies[:1000], 1), [0.5, 0.99]) * 1000
            line += f"   p50 {p50:5.2f} ms   p99 {p99:5.2f} ms   start {server.start:4.2f} s"
            line += f"   {server.watched.memory_info().rss / 1e6:4.0f} MB"
        print(line)
    batches = [b'{"mails": [' + b", ".join(bodies[i : i + 100]) + b"]}" for i in range(0, len(bodies), 100)]
    before = servers[SERVICE].cpu()
    servers[SERVICE].load(batches, 1)
    spent = servers[SERVICE].cpu() - before
    print(f"{'service, in batches of 100':30}{len(bodies) / spent:8,.0f} per CPU s")
    for when, (middle, worst) in health_beside_others(servers[SERVICE], batches[0]).items():
        print(f"/health {when}: {middle:.1f} ms, slowest of 100 {worst:.1f} ms")
    bound = 1 / (1 / found[MODEL] + 1 / found[EMPTY_APP])
    print(f"bound {bound:,.0f}; the service reaches {found[SERVICE] / bound:.0%} of it, "
          f"with its log {found['service with log'] / bound:.0%}")  # fmt: skip
    if TUTORIAL in found:
        print(f"the service is {found[SERVICE] / found[TUTORIAL]:.1f} times as fast as (c), "
              f"the bound {bound / found[TUTORIAL]:.1f} times")  # fmt: skip


if __name__ == "__main__":
    main()
