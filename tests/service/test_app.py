"""The service over HTTP: what it answers, what it refuses, and what it goes on answering meanwhile."""

import asyncio
import importlib.metadata
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from schemathesis import GenerationMode

import coursekit as ck
import service.connection
from service.app import create_app
from service.model import ModelError, SpamModel, current, load, promote, roll_back, save

ROOT = Path(__file__).resolve().parents[2]
SPAM = {"subject": "FREE money", "body": "Click here to win!!!"}
GOOD = {"subject": "Re: patch", "body": "> does it compile?\nYes, with gcc on linux. I wrote a test."}


def test_one_mail(client, running):
    answer = client.post("/predict", json=SPAM)
    assert answer.status_code == 200
    found = answer.json()
    assert found["verdict"] == "delete" and 0.96 < found["probability"] <= 1
    assert found["words"][0] == {"word": "free", "push": found["words"][0]["push"]}
    assert found["model"] == running.app.state.server.version
    assert client.post("/predict", json=GOOD).json()["verdict"] == "keep"


def test_a_batch_keeps_its_order(client):
    found = client.post("/predict", json={"mails": [SPAM, GOOD] * 50}).json()["predictions"]
    assert [one["verdict"] for one in found] == ["delete", "keep"] * 50
    assert len({one["id"] for one in found}) == 100
    alone = client.post("/predict", json=SPAM).json()
    assert (found[0]["probability"], found[0]["words"]) == (alone["probability"], alone["words"])


def test_a_batch_lets_others_pass(registry):
    order = []

    async def ask(name, answer):
        assert (await answer).status_code == 200
        order.append(name)

    async def both():
        transport = httpx.ASGITransport(create_app(registry))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            batch = client.post("/predict", json={"mails": [SPAM] * 100})
            await asyncio.gather(ask("batch", batch), ask("health", client.get("/health")))

    asyncio.run(both())
    assert order == ["health", "batch"]


def test_empty_mail(client):
    found = client.post("/predict", json={}).json()
    assert found["words"] == [] and found["verdict"] == "keep"


def test_message_files(client):
    for name, content in ck.load("raw_mails").items():
        answer = client.post("/predict/message", content=content, headers={"content-type": "message/rfc822"})
        assert answer.status_code == 200, name
    plain = b"Subject: =?utf-8?q?FREE_money?=\r\n\r\nClick here to win!!!"
    answer = client.post("/predict/message", content=plain, headers={"content-type": "message/rfc822"}).json()
    assert answer["probability"] == client.post("/predict", json=SPAM).json()["probability"]


def test_health_version_metrics_and_page(client, registry):
    assert client.get("/health").json() == {"status": "ok"}
    version = client.get("/version").json()
    assert version["model"] == current(registry)
    assert version["data"]["spam"] > 1000 and 0.9 < version["metrics"]["move"]["recall"] < 1
    client.post("/predict", json=SPAM)
    client.get("/nothing")
    lines = client.get("/metrics").text.splitlines()
    assert 'requests_total{path="/predict",status="200"} 1.0' in lines
    assert 'requests_total{path="other",status="404"} 1.0' in lines
    assert 'verdicts_total{verdict="delete"} 1.0' in lines
    page = client.get("/")
    assert "<title>Is it spam?</title>" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


# -------------------------------------------------------------------------------------- bad input

JSON = {"content-type": "application/json"}
BAD = {
    "not JSON": (JSON, b"{'body': 1}", 422, "not valid JSON"),
    "nothing": (JSON, b"", 422, "missing"),
    "a list": (JSON, b"[]", 422, "wrong type"),
    "a number for text": (JSON, b'{"body": 1}', 422, "body must be text"),
    "infinite": (JSON, b'{"body": 1e999}', 422, "body must be text"),
    "not a number": (JSON, b'{"body": NaN}', 422, ""),
    "null": (JSON, b'{"body": null}', 422, "body must be text"),
    "unknown field": (JSON, b'{"text": "a"}', 422, "text is not a known field"),
    "both kinds": (JSON, b'{"mails": [{}], "body": "a"}', 422, "body is not a known field"),
    "no mails": (JSON, b'{"mails": []}', 422, "1 to 100 mails"),
    "too many": (JSON, json.dumps({"mails": [{}] * 101}).encode(), 422, "1 to 100 mails"),
    "mails of texts": (JSON, b'{"mails": ["a"]}', 422, "mails.0"),
    "deep": (JSON, b'{"body":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "parsing"),
    "not UTF-8": (JSON, b'{"body": "caf\xe9"}', 400, "not UTF-8"),
    "UTF-16": (JSON, '{"body": "a"}'.encode("utf-16"), 400, "not UTF-8"),
    "other type": ({"content-type": "text/plain"}, b'{"body": "a"}', 415, "application/json"),
    "no type": ({}, b'{"body": "a"}', 415, "application/json"),
    "large": (JSON, b'{"body": "' + b"a" * 2_000_000 + b'"}', 413, "larger than 2,000,000 bytes"),
}


@pytest.mark.parametrize("headers, content, status, sentence", BAD.values(), ids=BAD)
def test_bad_input(client, headers, content, status, sentence):
    answer = client.post("/predict", content=content, headers=headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"} and sentence in answer.json()["error"]
    assert len(answer.content) < 300
    assert client.post("/predict", json=SPAM).status_code == 200


def test_large_without_a_declared_length(client):
    def pieces():
        for _ in range(300):
            yield b"a" * 10_000

    answer = client.post("/predict/message", content=pieces(), headers={"content-type": "message/rfc822"})
    assert answer.status_code == 413


def test_wrong_paths_and_methods(client):
    assert client.get("/predict").status_code == 405
    assert client.post("/health").status_code == 405
    assert client.get("/../model.py").status_code == 404
    assert client.get("/%2e%2e/model.py").status_code == 404
    assert client.get("/nothing").json() == {"error": "Not Found."}


HEAD = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n"


@pytest.mark.parametrize("sent", [b"POST /pre", HEAD, HEAD + b"\r\n{"], ids=["first line", "head", "body"])
@pytest.mark.parametrize("first", [b"", HEAD + b'\r\n{"x": 12}'], ids=["at once", "as a second request"])
def test_a_slow_client_is_sent_away_and_holds_up_nobody(client, running, monkeypatch, first, sent):
    assert client.get("/health").status_code == 200  # its connection stands before the time is short
    monkeypatch.setattr(service.connection, "SECONDS", 1)
    with socket.create_connection(("127.0.0.1", running.port)) as slow:
        slow.settimeout(20)
        if first:
            slow.sendall(first)
            assert slow.recv(1000).startswith(b"HTTP/1.1 422")
        slow.sendall(sent)
        assert client.post("/predict", json=SPAM).status_code == 200
        answer = b"".join(iter(lambda: slow.recv(1000), b""))
        assert b"HTTP/1.1 408" in answer and b"did not arrive within" in answer


def test_a_client_that_says_nothing_gets_no_answer(running, monkeypatch):
    monkeypatch.setattr(service.connection, "SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", running.port)) as silent:
        silent.settimeout(20)
        assert silent.recv(1000) == b""


def test_a_patient_client_is_served(client, running, monkeypatch):
    """Pieces may come one by one, and the time counts for each request, not for a connection."""
    monkeypatch.setattr(service.connection, "SECONDS", 5)
    with socket.create_connection(("127.0.0.1", running.port)) as patient:
        patient.settimeout(20)
        for _ in range(3):
            for piece in (HEAD[:20], HEAD[20:], b"\r\n", b'{"bo', b"dy", b'":1'):
                patient.sendall(piece)
                time.sleep(0.02)
            answer = HTTPResponse(patient)
            answer.begin()
            assert answer.status == 422 and answer.read()  # the JSON ends too early


def flood(port):
    """Send headers without end; returns the answer and how many bytes went out before it came."""
    with socket.create_connection(("127.0.0.1", port)) as endless:
        endless.settimeout(20)
        endless.sendall(HEAD)
        sent = 0
        try:
            while sent < 50_000_000:
                sent += endless.send(b"x-more: " + b"x" * 30_000 + b"\r\n")
        except ConnectionError:
            pass
        try:
            return endless.recv(1000), sent
        except ConnectionError:
            return b"", sent


def test_headers_without_end_are_cut_off(client, running):
    answer, sent = flood(running.port)
    assert sent < 50_000_000
    assert not answer or answer.startswith(b"HTTP/1.1 431")
    with socket.create_connection(("127.0.0.1", running.port)) as large:
        large.settimeout(20)
        large.sendall(HEAD + b"x-more: " + b"x" * 33_000)
        assert large.recv(1000).startswith(b"HTTP/1.1 431")
    assert client.post("/predict", json=SPAM).status_code == 200


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_generated_requests(running, mode):
    """Requests generated from the published schema, valid or not: answers as it promises, never a 500."""
    schema = schemathesis.openapi.from_url(f"{running.url}/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert {operation.path for operation in operations} >= {"/predict", "/predict/message", "/metrics"}
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.path != "/predict":
            continue  # only a body with a schema can be invalid

        @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_as_promised(case):
            case.call_and_validate()

        answers_as_promised()


# ----------------------------------------------------------------------------- switching and stopping


def other_version(registry, bias):
    old = load(registry)
    return save(SpamModel(old.vocabulary, old.idf, old.weights, bias, old.thresholds, old.about), registry)


def wait_for(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within 20 seconds")


def test_switch_under_load_loses_nothing(running, client, registry):
    versions = [current(registry), other_version(registry, 3.0)]
    stop, answers = threading.Event(), []

    def ask():
        with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as own:
            while not stop.is_set():
                answer = own.post("/predict", json=GOOD)
                answers.append(
                    (answer.status_code, answer.json().get("model"), answer.json().get("probability"))
                )

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    server = running.app.state.server
    for _ in range(2):
        promote(registry, versions[1])
        wait_for(lambda: server.version == versions[1])
        roll_back(registry)
        wait_for(lambda: server.version == versions[0])
    stop.set()
    for thread in threads:
        thread.join()
    assert len(answers) > 100
    assert {status for status, _, _ in answers} == {200}
    assert {version for _, version, _ in answers} == set(versions)
    assert len({(version, probability) for _, version, probability in answers}) == 2  # never a mixture


def test_a_damaged_version_is_refused_and_the_old_one_stays(running, client, registry):
    old, new = current(registry), other_version(registry, 3.0)
    (registry / new / "arrays.npz").write_bytes(b"damaged")
    (registry / "current").write_text(f"{old}\n{new}\n")  # put to use by hand, past the check of promote
    wait_for(lambda: "models_refused_total 1.0" in client.get("/metrics").text)
    assert client.post("/predict", json=SPAM).json()["model"] == old
    roll_back(registry)
    promote(registry, other_version(registry, 4.0))
    wait_for(lambda: running.app.state.server.version == current(registry) != old)


def test_the_log_has_every_prediction_and_no_text(client, running, tmp_path):
    ids = [client.post("/predict", json=SPAM).json()["id"] for _ in range(20)]
    running.stop()
    database = sqlite3.connect(tmp_path / "predictions.db")
    rows = database.execute("SELECT id, verdict, length FROM predictions").fetchall()
    database.close()
    assert {row[0] for row in rows} == set(ids) and rows[0][1:] == ("delete", len(SPAM["body"]))
    content = b"".join(path.read_bytes() for path in tmp_path.glob("predictions.db*"))
    assert b"Click" not in content and b"FREE" not in content


def test_no_model_no_service(tmp_path):
    with pytest.raises(ModelError, match="service.train"):
        create_app(tmp_path)


def test_without_its_packages_it_says_what_to_do():
    command = [sys.executable, "-S", "-m", "service"]
    run = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr.count("\n") == 1
    assert "Not started: this Python has no" in run.stderr and "service/requirements.txt" in run.stderr


def needed(names):
    """The installed distributions with these names, and all that they need."""
    found, todo = {}, [canonicalize_name(name) for name in names]
    while todo:
        if (name := todo.pop()) not in found:
            found[name] = importlib.metadata.distribution(name)
            for requirement in map(Requirement, found[name].requires or []):
                if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                    todo.append(canonicalize_name(requirement.name))
    return found


@pytest.mark.skipif(os.name == "nt", reason="links need special rights on Windows")
@pytest.mark.parametrize("left_out", ["nothing", "httptools"])
def test_a_copied_folder_runs_with_the_packages_it_names(registry, tmp_path, left_out):
    """`python -m service` in an environment of service/requirements.txt alone; httptools only saves time."""
    lines = (ROOT / "service/requirements.txt").read_text("utf-8").splitlines()
    names = {line.split("==")[0] for line in lines if not line.startswith("#")}
    assert "httptools" in names
    site = tmp_path / "site"
    site.mkdir()
    for distribution in needed(names - {left_out}).values():
        for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            (site / top).symlink_to(distribution.locate_file(top))
    shutil.copytree(ROOT / "service", tmp_path / "copy/service")
    python, place = [sys.executable, "-S"], {"cwd": tmp_path / "copy", "env": {"PYTHONPATH": str(site)}}
    for absent in {"sklearn", "scipy", "pandas", "coursekit", left_out} - {"nothing"}:
        tried = subprocess.run([*python, "-c", f"import {absent}"], **place, capture_output=True, text=True)
        assert "ModuleNotFoundError" in tried.stderr, absent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*python, "-m", "service", "--registry", str(registry), "--port", str(port)]
    process = subprocess.Popen(command, **place, stderr=subprocess.PIPE)
    try:

        def answers():
            try:
                return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
            except httpx.TransportError:
                assert process.poll() is None, process.stderr.read().decode()
                return False

        wait_for(answers)
        answer = httpx.post(f"http://127.0.0.1:{port}/predict", json=SPAM, trust_env=False).json()
        assert answer["verdict"] == "delete" and answer["model"] == current(registry)
        answer, sent = flood(port)
        assert sent < 50_000_000 and (not answer or answer[9:12] in (b"400", b"431"))
    finally:
        process.terminate()
        process.communicate(timeout=20)
