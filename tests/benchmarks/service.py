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

REQUESTS, CONNECTIONS = 4000, 8
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


def measure(name, server, bodies):
    """One line of the report; returns requests per CPU second."""
    server.load(bodies[:300], CONNECTIONS)
    before = server.cpu()
    server.load(bodies, CONNECTIONS)
    rate = len(bodies) / (server.cpu() - before)
    alone = np.quantile(server.load(bodies[:1000], 1), [0.5, 0.99]) * 1000
    memory = server.watched.memory_info().rss / 1e6
    print(f"{name:28}{rate:8,.0f} per CPU s   p50 {alone[0]:6.2f} ms   p99 {alone[1]:6.2f} ms   "
          f"start {server.start:4.2f} s   {memory:4.0f} MB")  # fmt: skip
    return rate


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
    """Train, measure everything, print the report."""
    mails = course_mails()
    learned = fit(mails)
    model = to_arrays(learned)
    drawn = np.random.default_rng(0).integers(0, len(mails.bodies), REQUESTS)
    pairs = [(mails.subjects[i], mails.bodies[i]) for i in drawn]
    bodies = [json.dumps({"subject": s, "body": b}).encode() for s, b in pairs]
    batches = [b'{"mails": [' + b", ".join(bodies[i : i + 100]) + b"]}" for i in range(0, REQUESTS, 100)]
    with tempfile.TemporaryDirectory() as folder:
        registry = Path(folder) / "models"
        promote(registry, save(model, registry))
        began = time.process_time()
        loaded = load(registry)
        print(f"load {1000 * (time.process_time() - began):.0f} ms; vocabulary {len(loaded.vocabulary):,}")
        began = time.process_time()
        for pair in pairs:
            loaded.predict(*pair)
        raw = len(pairs) / (time.process_time() - began)
        began = time.process_time()
        for pair in pairs:
            tokens(*pair)
        reading = len(pairs) / (time.process_time() - began)
        print(f"{'(a) raw model':28}{raw:8,.0f} per CPU s (reading the mail alone: {reading:,.0f})")
        serve = ["-m", "service", "--registry", str(registry), "--port", "PORT"]
        rates = {}
        for name, command in {
            "(b) empty FastAPI": ["-c", EMPTY, "PORT"],
            "service": serve,
            "service with log": [*serve, "--log", str(Path(folder) / "log.db")],
        }.items():
            server = Server(command)
            rates[name] = measure(name, server, bodies)
            if name == "service":
                before = server.cpu()
                server.load(batches, 1)
                print(f"   in batches of 100: {REQUESTS / (server.cpu() - before):,.0f} mails per CPU s")
                for when, (middle, worst) in health_beside_others(server, batches[0]).items():
                    print(f"   /health {when}: {middle:.1f} ms, slowest of 100 {worst:.1f} ms")
            server.stop()
        bound = 1 / (1 / raw + 1 / rates["(b) empty FastAPI"])
        print(f"bound {bound:,.0f}; the service reaches {rates['service'] / bound:.0%} of it, "
              f"with its log {rates['service with log'] / bound:.0%}")  # fmt: skip
        if len(sys.argv) > 1:
            joblib.dump((learned.fitted, learned.platt), Path(folder) / "tutorial.joblib")
            server = Server(["-c", FLASK, "PORT", str(Path(folder) / "tutorial.joblib")], sys.argv[1])
            slow = measure("(c) Flask and joblib", server, bodies)
            server.stop()
            print(f"the service is {rates['service'] / slow:.1f} times as fast as (c)")


if __name__ == "__main__":
    main()
