"""The service over HTTP: what it answers, what it refuses, and what it goes on answering meanwhile."""

import asyncio
import contextlib
import gzip
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
from concurrent.futures import ThreadPoolExecutor
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
import service.app
import service.connection
import service.guard
from service.app import create_app
from service.model import ModelError, SpamModel, current, load, promote, roll_back, save
from tests.service.conftest import wait_for

ROOT = Path(__file__).resolve().parents[2]
SPAM = {
    "subject": "FREE money",
    "body": "Click here to win!!! Order now, satisfaction guaranteed, no obligation.",
}
GOOD = {"subject": "Re: patch", "body": "> does it compile?\nYes, with gcc on linux. I wrote a test."}


def test_one_mail(client, running):
    answer = client.post("/predict", json=SPAM)
    assert answer.status_code == 200
    found = answer.json()
    assert found["verdict"] == "delete" and 0.96 < found["probability"] <= 1
    pushes = [one["push"] for one in found["words"]]
    assert pushes == sorted(pushes, reverse=True) and pushes[0] > 0
    assert "free" in {one["word"] for one in found["words"] if one["push"] > 0}
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
        answer = client.post("/predict/message", content=content, headers=MESSAGE)
        assert answer.status_code == 200, name
    plain = b"Subject: =?utf-8?q?FREE_money?=\r\n\r\n" + SPAM["body"].encode()
    answer = client.post("/predict/message", content=plain, headers=MESSAGE).json()
    assert answer["probability"] == client.post("/predict", json=SPAM).json()["probability"]


def test_health_version_metrics_and_page(client, registry):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready", "model": current(registry)}
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

JSON, MESSAGE = {"content-type": "application/json"}, {"content-type": "message/rfc822"}
KEYS = b",".join(b'"%d":0' % number for number in range(190_000))
MAIL_OF_KEYS = b"{" + b",".join(b'"%d":0' % number for number in range(1_900)) + b"}"
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
    "190,000 fields": (JSON, b"{" + KEYS + b"}", 422, "too many fields"),
    "100 mails of 1,900 fields": (
        JSON,
        b'{"mails": [' + b",".join([MAIL_OF_KEYS] * 100) + b"]}",
        422,
        "too many fields",
    ),
    "lists of lists": (JSON, b'{"body": [' + b"[]," * 600_000 + b"[]]}", 422, "too many fields"),
    "quotes": (JSON, b'{"body": "' + b'\\"' * 900_000, 422, "not valid JSON"),
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

    answer = client.post("/predict", content=pieces(), headers=JSON)
    assert answer.status_code == 413


def test_a_message_as_mail_programs_keep_it_is_read_or_refused(client):
    """Mail of Apple Mail and with a byte-order mark is read; what is no message is not judged as text."""
    plain = b"Subject: Lunch\n\nShall we meet at noon? Anna has booked a table."
    emlx = f"{len(plain)}\n".encode() + plain + b"\n<?xml version='1.0'?><plist></plist>"
    asked = {name: post_message(client, body) for name, body in [("plain", plain), ("emlx", emlx)]}
    asked["marked"] = post_message(client, b"\xef\xbb\xbf" + plain)
    assert len({reply.json()["probability"] for reply in asked.values()}) == 1
    for start in (b"\xd0\xcf\x11\xe0" + bytes(500), gzip.compress(plain), b"PK\x03\x04" + bytes(500)):
        reply = post_message(client, start)
        assert reply.status_code == 422
        assert "unpack it first" in reply.json()["error"] or "save the message as" in reply.json()["error"]


def test_a_sender_cannot_make_a_message_look_like_an_archive(client):
    start = b"Received: from ".ljust(257, b"x") + b"ustar by mx\r\nSubject: FREE money\r\n\r\nClick"
    for sent in (start, b"BZh: x\r\n" + start[9:], b"\xef\xbb\xbf\r\n" + start[5:]):
        assert post_message(client, sent).status_code == 200


def post_message(client, body):
    return client.post("/predict/message", content=body, headers={"Content-Type": "message/rfc822"})


def test_of_a_large_message_the_beginning_is_judged(client, running):
    start = (
        b"Subject: FREE money\r\n\r\n"
        + 40_000 * b"Click here to win money now!!! Order today, no obligation.\r\n"
    )
    assert len(start) > 2_000_000
    first = client.post("/predict/message", content=start[:2_000_000], headers=MESSAGE).json()
    for content in (start, start + b"a patch for linux " * 100_000):
        answer = client.post("/predict/message", content=content, headers=MESSAGE)
        assert answer.status_code == 200 and answer.json()["probability"] == first["probability"]
    with socket.create_connection(("127.0.0.1", running.port)) as huge:
        huge.settimeout(20)
        head = b"POST /predict/message HTTP/1.1\r\nhost: a\r\ncontent-type: message/rfc822\r\n"
        huge.sendall(head + b"content-length: 60000000\r\n\r\n")
        answer = b"".join(iter(lambda: huge.recv(1000), b""))
    assert answer.startswith(b"HTTP/1.1 413") and b"larger than 50,000,000 bytes" in answer


def test_wrong_paths_and_methods(client):
    assert client.get("/predict").status_code == 405
    assert client.post("/health").status_code == 405
    assert client.get("/../model.py").status_code == 404
    assert client.get("/%2e%2e/model.py").status_code == 404
    for path in ("/nothing", "/predict/", "/page"):  # no redirect
        assert client.get(path).json() == {"error": "Not Found."}
    for path in ("/", "/page/page.js"):
        for bad, status in [("bytes=abc", 400), ("bytes=999999999-", 416)]:
            answer = client.get(path, headers={"Range": bad})
            assert answer.status_code == status and set(answer.json()) == {"error"}
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.head("/predict").status_code == 405 and client.head("/nothing").status_code == 404
    for path in ("/", "/health", "/ready", "/version", "/metrics", "/page/page.js"):
        answer = client.head(path)
        assert answer.status_code == 200 and int(answer.headers["content-length"]) > 0 and not answer.content


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
        assert b"nosniff" in answer
    assert 'requests_total{path="other",status="408"} 1.0' in client.get("/metrics").text


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


def ask_raw(port, *pieces):
    """Send pieces over one connection and read until it ends."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(20)
        for piece in pieces:
            connection.sendall(piece)
        return b"".join(iter(lambda: connection.recv(10_000), b""))


GET, LAST = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n", b"GET /ready HTTP/1.0\r\n\r\n"
POST = HEAD.replace(b": 9", b": 2") + b"\r\n{}"
CHUNKED = HEAD.replace(b"content-length: 9", b"transfer-encoding: chunked") + b"\r\n2\r\n{}\r\n0\r\n\r\n"


@pytest.mark.parametrize("cut", [1, 7, 1000])
@pytest.mark.parametrize(
    "requests", [[GET, POST, GET], [POST, POST, CHUNKED], [b"\r\n\r\n" + GET, CHUNKED, GET]]
)
def test_requests_sent_ahead_are_answered_in_their_order(running, monkeypatch, requests, cut):
    """In one packet or in many: it makes no difference where it is cut."""
    monkeypatch.setattr(service.connection, "AHEAD_SECONDS", 0.01)
    sent = b"".join(requests) + LAST
    answer = ask_raw(running.port, *(sent[i : i + cut] for i in range(0, len(sent), cut)))
    said = [b"healthy" if b'"ok"' in part else b"verdict" for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert said == [b"healthy" if GET in one else b"verdict" for one in requests] + [b"verdict"]
    assert b'"ready"' in answer.split(b"HTTP/1.1 200 OK")[-1]


def test_a_second_head_in_the_same_packet_has_no_more_time_than_another(running, monkeypatch):
    monkeypatch.setattr(service.connection, "SECONDS", 0.5)
    answer = ask_raw(running.port, GET + b"GET /hea")
    assert answer.count(b"HTTP/1.1 200") == 1 and b"HTTP/1.1 408" in answer


def test_who_offers_another_protocol_is_answered_in_this_one(running, caplog):
    offer = GET.replace(b"\r\n\r\n", b"\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        for sent in (offer, offer.replace(b"h2c", b"websocket"), GET):
            connection.sendall(sent)
            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == 200 and answer.read() == b'{"status":"ok"}'
        body = GET.replace(b"health", b"version")  # must not pass for a request
        for way in (b"upgrade: h2c", b"UPGRADE: websocket", b"upgrade: h2c\r\ntransfer-encoding: chunked"):
            sent = HEAD.replace(b"content-length: 9", b"connection: Upgrade, HTTP2-Settings\r\n" + way)
            if b"chunked" in way:
                sent += b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            else:
                sent += b"content-length: %d\r\n\r\n" % len(body) + body
            for cut in (len(sent), 20, HEAD.index(b"\n"), sent.lower().index(b"\nupgrade") + 4):
                connection.sendall(sent[:cut])
                time.sleep(0.01)
                for rest, said in [(sent[cut:], b"not valid JSON"), (GET, b'"ok"')]:
                    connection.sendall(rest)
                    answer = HTTPResponse(connection)
                    answer.begin()
                    assert said in answer.read()
    assert not caplog.text


@pytest.mark.parametrize(
    "line",
    [
        b"transfer-encoding: gzip, chunked",
        b"Transfer-Encoding: identity",
        b"transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        b"transfer-encoding: chunked\r\n , gzip",
        b"transfer-encoding: chunked\r\ncontent-length: 2",
        b"content-length: 2\r\ncontent-length: 3",
        b"content-length: 2\r\nx-more: a\r\n\tb",
    ],
)
def test_a_request_whose_end_is_not_clear_is_refused(running, line):
    for sent in (POST.replace(b"content-length: 2", line), b"CONNECT" + POST[4:]):
        answer = ask_raw(running.port, sent + GET)
        assert answer.startswith(b"HTTP/1.1 400") and answer.count(b"HTTP/1.1") == 1
        assert set(json.loads(answer.split(b"\r\n\r\n")[1])) == {"error"} and b"nosniff" in answer


def test_what_follows_chunks_is_no_header(running):
    sent = CHUNKED.replace(b"application/json", b"text/html")[:-2] + b"content-type: application/json\r\n\r\n"
    assert ask_raw(running.port, sent).startswith(b"HTTP/1.1 415")


@pytest.mark.parametrize(
    "sent, status",
    [
        (b"content-length: 60009\r\n\r\nSubject: " + b"<b>a " * 12_000, 200),
        (b"content-length: 12\r\n\r\nSubject: a\r\n", 200),
        (b"content-length: 13\r\n\r\nSubject: a\r\n", 400),
        (b"content-le", 400),
    ],
    ids=["long", "short", "body", "head"],
)
def test_who_has_said_everything_may_still_listen(running, sent, status):
    with socket.create_connection(("127.0.0.1", running.port)) as half:
        half.settimeout(20)
        half.sendall(b"POST /predict/message HTTP/1.1\r\nhost: a\r\ncontent-type: message/rfc822\r\n" + sent)
        half.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: half.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 %d" % status) and b"nosniff" in answer
    assert json.loads(answer.split(b"\r\n\r\n")[1])


def test_a_large_head_in_one_packet(running):
    answer = ask_raw(running.port, HEAD + b"x-more: " + b"x" * 50_000 + b"\r\n\r\n{}       ")
    assert answer.startswith(b"HTTP/1.1 431") and b"exceeds 32,000 bytes" in answer


@pytest.mark.parametrize(
    "sent", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n", GET + b"GET /\x00 HTTP/1.1\r\n\r\n"]
)
def test_what_is_not_http_gets_a_sentence_too(client, running, sent, caplog):
    answer = ask_raw(running.port, sent)
    head, _, body = answer[answer.index(b"HTTP/1.1 400") :].partition(b"\r\n\r\n")
    assert json.loads(body) == {"error": "The request is not valid HTTP."} and b"nosniff" in head
    assert not caplog.text, "a line for each would fill the disk"
    assert 'requests_total{path="other",status="400"} 1.0' in client.get("/metrics").text


def test_clients_that_send_ahead_and_do_not_read_fill_no_memory(client, running, monkeypatch):
    """Nothing but one packet is kept of what they send, and after a while they are sent away."""
    connections = running.server.server_state.connections
    greedy = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(20)]
    for one in greedy:
        one.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            for _ in range(50):
                one.sendall(GET * 3_000)
    assert client.post("/predict", json=SPAM).status_code == 200
    wait_for(lambda: len(connections) == 21)
    assert max(len(one.held) for one in connections) <= 2 * 262_144  # asyncio reads as much at once
    assert all(not getattr(one, "pipeline", None) for one in connections), "the parser has one request"
    for one in greedy:
        one.close()


def test_a_client_that_does_not_take_its_answer_is_sent_away(client, running, monkeypatch):
    monkeypatch.setattr(service.connection, "SECONDS", 0.5)
    monkeypatch.setattr(service.connection, "AHEAD_SECONDS", 0.0)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", running.port))
        deaf.settimeout(0.5)
        with pytest.raises(ConnectionError):
            for _ in range(40):
                with contextlib.suppress(TimeoutError):
                    while True:  # as much as is taken
                        deaf.send(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n" * 1000)


def test_a_new_client_is_let_in_and_the_one_that_waits_longest_has_to_go(running, monkeypatch):
    monkeypatch.setattr(service.connection, "CONNECTIONS", 3)
    idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(4)]
    idle[0].settimeout(20)
    assert idle[0].recv(1000) == b""
    assert b'"status":"ok"' in ask_raw(running.port, GET.replace(b"1.1", b"1.0"))
    for one in idle:
        one.close()


# ------------------------------------------------------------------------------- trouble of our own


def test_a_failure_is_one_sentence_and_is_counted(client, running, monkeypatch, caplog):
    def fail(*given):
        raise KeyError(*given)

    monkeypatch.setattr(running.app.state.server, "judge", fail)
    for path, body, headers in [
        ("/predict", b'{"body": "secret"}', JSON),
        ("/predict", b'{"mails": [{"body": "secret"}]}', JSON),
        ("/predict/message", b"Subject: a\r\n\r\nsecret " + b"long " * 1000, MESSAGE),
    ]:
        answer = client.post(path, content=body, headers=headers)
        assert answer.status_code == 500 and set(answer.json()) == {"error"}
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert 'requests_total{path="/predict",status="500"} 2.0' in client.get("/metrics").text
    assert "KeyError on /predict/message" in caplog.text and "judge" in caplog.text
    assert "secret" not in caplog.text, "what a mail says stays out of the log"


def test_long_mails_wait_for_one_thread_and_hold_up_nobody_else(client, running, registry, monkeypatch):
    """Meanwhile short mails are judged and a new version comes into use; but not all long ones may wait."""
    server, go_on = running.app.state.server, threading.Event()
    blocked = server.long_mails.submit(go_on.wait)
    monkeypatch.setattr(service.app, "LONG_WAITING", 2)
    long = {"body": "word " * 5_000}
    with ThreadPoolExecutor(2) as pool:
        try:
            waiting = [
                pool.submit(httpx.post, f"{running.url}/predict", json=long, timeout=30, trust_env=False)
                for _ in range(2)
            ]
            wait_for(lambda: server.waiting == 2)
            for path, given in [
                ("/predict", {"json": long}),
                ("/predict", {"json": {"subject": "word " * 5_000}}),
                ("/predict", {"json": {"mails": [{"subject": "<b>" * 501}]}}),
                ("/predict/message", {"content": b"a\n" * 3000, "headers": MESSAGE}),
            ]:
                answer = client.post(path, **given)
                assert answer.status_code == 503 and "send this one again" in answer.json()["error"]
            assert client.get("/ready").status_code == 503 and client.get("/health").status_code == 200
            assert "long_mails_waiting 2.0" in client.get("/metrics").text
            assert client.post("/predict", json=SPAM).status_code == 200
            promote(registry, other_version(registry, 3.0))
            wait_for(lambda: server.version == current(registry))
        finally:
            go_on.set()
        assert [one.result().status_code for one in waiting] == [200, 200] and blocked.result()
    assert client.get("/ready").status_code == 200


def test_too_much_at_once_is_refused(client, monkeypatch):
    monkeypatch.setattr(service.guard, "HELD_BYTES", 100_000)
    answer = client.post("/predict/message", content=b"a" * 200_000, headers=MESSAGE)
    assert answer.status_code == 503 and "at once" in answer.json()["error"]
    assert client.post("/predict", json={"body": "a" * 90_000}).status_code == 200, "it is counted down again"


def test_requests_of_one_turn_share_it(monkeypatch):
    """However many are ready, after a while the loop turns, and who came meanwhile has its turn."""
    monkeypatch.setattr(service.guard, "TURN_SECONDS", -1.0)
    order = []

    async def one(turns, name):
        await turns.wait()
        order.append(name)
        asyncio.get_running_loop().call_soon(order.append, "turn")

    async def all_of_them():
        turns = service.guard.Turns()
        await asyncio.gather(*(one(turns, name) for name in "abc"))

    asyncio.run(all_of_them())
    assert order == ["a", "turn", "b", "turn", "c", "turn"]


# --------------------------------------------------------------------------------------- labels and log


def test_labels_that_come_later(client, tmp_path):
    ids = [client.post("/predict", json=SPAM).json()["id"] for _ in range(3)]
    given = [{"id": name, "is_spam": number > 0} for number, name in enumerate([*ids, "0" * 32])]

    def noted():
        answer = client.post("/labels", json={"labels": given})
        assert answer.status_code == 200
        return answer.json() == {"noted": 3, "unknown": 1}

    wait_for(noted)  # the answers themselves reach the log within half a second
    assert client.post("/labels", json={"labels": given[:1]}).json() == {"noted": 1, "unknown": 0}
    database = sqlite3.connect(tmp_path / "predictions.db")
    assert dict(database.execute("SELECT id, is_spam FROM labels")) == {ids[0]: 0, ids[1]: 1, ids[2]: 1}
    database.close()


@pytest.mark.parametrize(
    "given, sentence",
    [
        ({"labels": []}, "labels must hold 1 to 100 labels."),
        ({"labels": [{"id": "../x", "is_spam": True}]}, "labels.0.id must be the id of an answer."),
        ({"labels": [{"id": "0" * 32, "is_spam": 1}]}, "labels.0.is_spam must be true or false."),
        ({"labels": [{"id": "0" * 32}]}, "labels.0.is_spam is missing."),
    ],
)
def test_bad_labels(client, given, sentence):
    answer = client.post("/labels", json=given)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


def test_labels_without_a_log(registry):
    async def ask():
        transport = httpx.ASGITransport(create_app(registry))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post("/labels", json={"labels": [{"id": "0" * 32, "is_spam": True}]})

    answer = asyncio.run(ask())
    assert answer.status_code == 409 and "--log" in answer.json()["error"]


def test_trouble_with_the_log_is_shown(client, running, tmp_path):
    lock = sqlite3.connect(tmp_path / "predictions.db")
    lock.execute("BEGIN IMMEDIATE")
    client.post("/predict", json=SPAM)
    wait_for(lambda: "1 predictions wait" in client.get("/health").json().get("log", ""))
    assert "log_rows_waiting 1.0" in client.get("/metrics").text
    lock.rollback()
    lock.close()
    wait_for(lambda: client.get("/health").json() == {"status": "ok"})


# ----------------------------------------------------------------------------- switching and stopping


def other_version(registry, bias):
    old = load(registry)
    return save(SpamModel(old.vocabulary, old.idf, old.weights, bias, old.thresholds, old.about), registry)


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


def test_a_version_that_is_still_being_copied_is_waited_for(running, client, registry, tmp_path):
    new = other_version(registry, 3.0)
    (registry / new).rename(tmp_path / new)
    (registry / "current").write_text(f"{current(registry)}\n{new}\n")
    time.sleep(3 * service.app.WATCH_SECONDS)
    assert running.app.state.server.version != new
    (tmp_path / new).rename(registry / new)
    wait_for(lambda: running.app.state.server.version == new)
    assert "models_refused_total 0.0" in client.get("/metrics").text


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
