"""The arrays give what scikit-learn gives; a version is stored whole or not at all."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import coursekit as ck
from service.mail import BODY_LIMIT, mask, tokens
from service.model import (
    EXAMPLES,
    ModelError,
    NotThere,
    SpamModel,
    current,
    date,
    facts,
    history,
    load,
    promote,
    prune,
    roll_back,
    save,
    stored,
)

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = {
    "empty": "",
    "blank": " \t\r\n" * 50,
    "a megabyte": "free money " * 95_000,
    "one word": "a" * 100_000,
    "control characters": "".join(map(chr, range(32))) * 20,
    "null": "free\x00money",
    "right to left": "\u202eکلیک کنید\u202c הקלק כאן FREE",
    "emoji": "💰🎉 WIN 👨‍👩‍👧 !!!",
    "other letters": "ＦＲＥＥ ｍｏｎｅｙ ſpam İstanbul ß ﬁrst",
    "combining": "e\u0301" * 500,
    "half a pair": "\ud83d money",
    "html": "<html><body><b>FREE</b>&nbsp;<a href='http://x.example/?a=1'>click</a>" * 300,
    "addresses": "a@b.org " * 3000 + "http://a.example/x?y " * 2000 + "192.168.1.1 +44 20 7946 0958 " * 1000,
    "marks of tokens": "subject: start: end: ^free ^ subject:^FREE",
    "footers": "\n" + ("_" * 40 + "\nlist\n") * 200,
}


def by_scikit_learn(learned, mails):
    """Probabilities of (subject, body) pairs from the pipeline and its sigmoid."""
    scores = learned.fitted.decision_function([tokens(*mail) for mail in mails])
    return learned.platt.predict_proba(scores[:, None])[:, 1]


def test_agrees_on_every_mail(learned, model):
    mails = ck.load("mails")
    pairs = list(zip(mails["subject"], mails["body"], strict=True))
    found = np.array([model.predict(*pair).probability for pair in pairs])
    assert np.abs(found - by_scikit_learn(learned, pairs)).max() < 1e-9


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_agrees_on_hostile_text(learned, model, text):
    pairs = [("", text), (text, ""), (text, text)]
    found = [model.predict(*pair).probability for pair in pairs]
    assert np.allclose(found, by_scikit_learn(learned, pairs), rtol=0, atol=1e-9)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(max_size=80), body=st.text(max_size=400))
def test_agrees_on_generated_text(learned, model, subject, body):
    found = model.predict(subject, body)
    assert abs(found.probability - by_scikit_learn(learned, [(subject, body)])[0]) < 1e-9
    assert found.verdict == model.verdict(found.probability, len(found.pushes))


def test_pushes_add_up_to_the_score(model):
    found = model.predict("Meeting", "Click here for free money, Anna")
    score = model.bias + sum(found.pushes.values())
    assert found.probability == pytest.approx(1 / (1 + np.exp(-score)))


@pytest.mark.parametrize(
    "text",
    ["a", "a.", "a@", "1 ", "0", "www.", "http:", "+1 (", "_", "[", "1.", "a at ", "\n____", "call 1 "],
)
def test_reading_takes_time_in_proportion(text):
    """Ten times the text takes about ten times the steps: no pattern runs away on repeated text."""

    def steps(n):
        seconds = []
        for _ in range(3):
            started = time.process_time()
            tokens(text * n, text * n)
            seconds.append(time.process_time() - started)
        return min(seconds)

    whole = 2 * BODY_LIMIT // len(text)
    assert steps(whole) < 0.2 + 40 * steps(whole // 10)  # quadratic growth would be a hundredfold


@pytest.mark.parametrize(
    "text, masked",
    [
        ("see http://a.example/b?c=1 now", "see URL now"),
        ("www.example.org, please", "URL please"),
        ("write to anna.b+c@mail.example.org.", "write to EMAIL."),
        ("from 192.168.10.1 at 12:30", "from IPADDR at 12:30"),
        ("call +44 20 7946 0958 today", "call PHONE today"),
        ("call (212) 555-0123", "call PHONE"),
        ("version 3.14, 20 mails in 2002", "version 3.14, 20 mails in 2002"),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


# ------------------------------------------------------------------------------------- the registry


def changed(model, bias):
    """Another version."""
    parts = model.vocabulary, model.idf, model.weights, bias, model.thresholds, model.about
    return SpamModel(*parts, model.judged)


def test_stored_and_loaded(model, registry):
    again = load(registry)
    assert again.vocabulary == model.vocabulary
    assert (again.idf == model.idf).all() and (again.weights == model.weights).all()
    assert (again.bias, again.thresholds) == (model.bias, model.thresholds)
    assert again.judged == model.judged and len(again.judged) == len(model.judged) > 5000
    assert again.about["version"] == current(registry)
    assert again.about["date"].startswith("20") and again.about["date"].endswith("+00:00")


def test_same_model_same_version(model, registry):
    assert save(load(registry), registry) == current(registry)
    assert len([path for path in registry.iterdir() if path.is_dir()]) == 1


def test_promote_and_roll_back(model, registry):
    first, second = current(registry), save(changed(model, 1.0), registry)
    assert current(registry) == first
    promote(registry, second)
    promote(registry, second)
    assert history(registry) == [first, second]
    assert roll_back(registry) == first == current(registry)
    with pytest.raises(ModelError, match="no earlier version"):
        roll_back(registry)


@pytest.mark.parametrize("name", ["about.json", "arrays.npz"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone"])
def test_damage_is_noticed(registry, name, damage):
    path = registry / current(registry) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"flip": content, "cut": content[:-100], "empty": b""}[damage])
    with pytest.raises(ModelError, match="damaged|not in"):
        load(registry)


def test_nothing_there(tmp_path):
    with pytest.raises(ModelError, match="service.train"):
        load(tmp_path)
    with pytest.raises(ModelError, match="version abc is not in"):
        promote(tmp_path, "abc")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"idf": [1.0]}, "differ in length"),
        ({"weights": [1.0, float("nan")]}, "finite"),
        ({"idf": [1.0, 1e200]}, "huge"),
        ({"bias": float("inf")}, "finite"),
        ({"vocabulary": ["a", "a"]}, "different texts"),
        ({"vocabulary": ["a", 1]}, "different texts"),
        ({"idf": [[1.0], [1.0]], "weights": [[1.0], [1.0]]}, "differ in length"),
        ({"thresholds": {"move": 0.9, "delete": 0.5}}, "thresholds"),
    ],
)
def test_impossible_models(changes, message):
    good = {"vocabulary": ["a", "b"], "idf": [1.0, 1.0], "weights": [1.0, 1.0], "bias": 0.0, "about": {}}
    good["thresholds"] = {"move": 0.5, "delete": 0.9}
    with pytest.raises(ModelError, match=message):
        SpamModel(**good | changes)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX signal")
def test_kill_at_any_moment(model, registry, tmp_path):
    """A writer that is killed again and again leaves a version in use that loads whole."""
    writer = tmp_path / "writer.py"
    writer.write_text(
        "import itertools, sys\n"
        "from pathlib import Path\n"
        "from service.model import SpamModel, load, promote, save\n"
        "registry = Path(sys.argv[1])\n"
        "old = load(registry)\n"
        "print('ready', flush=True)\n"
        "for n in itertools.count(int(sys.argv[2])):\n"
        "    parts = old.vocabulary, old.idf, old.weights, float(n), old.thresholds, old.about\n"
        "    promote(registry, save(SpamModel(*parts), registry))\n"
    )
    rng = np.random.default_rng(0)
    for turn in range(15):
        command = [sys.executable, str(writer), str(registry), str(1000 * turn)]
        path = {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, env={**os.environ, **path}, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert load(registry).vocabulary == model.vocabulary
        for folder in registry.iterdir():
            if folder.is_dir() and not folder.name.startswith("."):
                load(registry, folder.name)
    assert len(history(registry)) > 1


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_another_user_may_read(registry):
    folder = registry / current(registry)
    assert folder.stat().st_mode & 0o005 == 0o005
    assert all(file.stat().st_mode & 0o004 for file in folder.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_another_user_may_read_what_a_private_user_wrote(model, tmp_path):
    before = os.umask(0o077)
    try:
        promote(tmp_path / "models", save(model, tmp_path / "models"))
    finally:
        os.umask(before)
    for path in [tmp_path / "models", *(tmp_path / "models").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


def test_not_there_yet_is_not_damaged(registry):
    """A version is named before its files have arrived: the error says so, and later it loads."""
    version = current(registry)
    file = registry / version / "arrays.npz"
    content = file.read_bytes()
    file.unlink()
    with pytest.raises(NotThere, match="not all of it yet"):
        load(registry)
    file.write_bytes(content)
    assert load(registry).about["version"] == version


@pytest.mark.parametrize(
    "content", ["caf\xe9".encode(), b"\xff\xfe\x00", None], ids=["latin", "bytes", "folder"]
)
def test_current_that_cannot_be_read(registry, content):
    (registry / "current").unlink()
    (registry / "current").mkdir() if content is None else (registry / "current").write_bytes(content)
    for do in (load, history, current, roll_back, facts):
        with pytest.raises(ModelError, match="current cannot be read"):
            do(registry)


@pytest.mark.parametrize("name", ["../../etc", "0123456789ab/..", "/tmp", "0123456789AB", "."])
def test_a_name_leads_nowhere_else(registry, name):
    with pytest.raises(ModelError, match="is not in"):
        load(registry, name)


def test_a_registry_that_is_a_file(model, tmp_path):
    (tmp_path / "models").write_text("a file")
    for do in (load, history, facts):
        with pytest.raises(ModelError, match="Not a directory"):
            do(tmp_path / "models")
    with pytest.raises(ModelError, match="cannot be written"):
        save(model, tmp_path / "models")


# ------------------------------------------------------------------------- what others store here


def arrays(**changes):
    """The arrays of a version with two words, or with something else in their place."""
    fields = {
        "idf": np.ones(2),
        "weights": np.ones(2),
        "mails": np.zeros(0, np.uint64),
        "moved": np.zeros(0, bool),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: x for name, x in (fields | changes).items() if x is not None})
    return buffer.getvalue()


def plant(registry, about, packed):
    """Store what claims to be a version, with right hashes."""
    text = about if isinstance(about, bytes) else json.dumps(about).encode()
    folder = registry / hashlib.sha256(text).hexdigest()[:12]
    folder.mkdir(parents=True)
    (folder / "about.json").write_bytes(text)
    (folder / "arrays.npz").write_bytes(packed)
    return folder.name


def one_array():
    """A file of NumPy with a single array."""
    buffer = io.BytesIO()
    np.save(buffer, np.ones(2))
    return buffer.getvalue()


FOREIGN_TEXT = {
    "no JSON": b"vocabulary",
    "a list": b"[]",
    "a number": b"1",
    "nothing": b"",
    "not UTF-8": b'{"a": "\xff"}',
    "deep": b"[" * 100_000,
    "no fields": {},
    "vocabulary is a number": {"vocabulary": 2},
    "vocabulary of numbers": {"vocabulary": [1, 2]},
    "vocabulary of lists": {"vocabulary": [[], []]},
    "three words": {"vocabulary": ["a", "b", "c"]},
    "a word twice": {"vocabulary": ["a", "a"]},
    "no bias": {"bias": None},
    "bias is text": {"bias": "much"},
    "bias is not finite": {"bias": float("nan")},
    "bias is huge": {"bias": 1e300},
    "thresholds are a list": {"thresholds": [0.5, 0.9]},
    "a threshold is missing": {"thresholds": {"move": 0.5}},
    "a threshold is text": {"thresholds": {"move": "low", "delete": 0.9}},
    "a threshold is not finite": {"thresholds": {"move": 0.5, "delete": float("nan")}},
    "thresholds in the wrong order": {"thresholds": {"move": 0.9, "delete": 0.5}},
    "no reading": {"reading": None},
    "other answers": {"known_answers": [0.0] * len(EXAMPLES)},
    "answers of another kind": {"known_answers": "yes"},
    "too few answers": {"known_answers": [0.5, 0.5]},
}
FOREIGN_ARRAYS = {
    "no archive": b"arrays",
    "empty": b"",
    "a single array": one_array(),
    "an array is missing": arrays(weights=None),
    "objects": arrays(idf=np.array([1, None])),
    "texts": arrays(idf=np.array(["1", "2"])),
    "complex": arrays(idf=np.ones(2, complex)),
    "two dimensions": arrays(idf=np.ones((2, 1)), weights=np.ones((2, 1))),
    "a single number": arrays(idf=np.float64(1), weights=np.float64(1)),
    "not finite": arrays(weights=np.array([1, np.inf])),
    "huge": arrays(idf=np.full(2, 1e200)),
    "records": arrays(idf=np.zeros(2, [("a", float), ("b", float)])),
    "judged mails of two lengths": arrays(moved=np.ones(3, bool)),
    "half of the archive": arrays()[:200],
}


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Text and arrays of a version with two words."""
    folder = tmp_path_factory.mktemp("foreign")
    tiny = SpamModel(["noon", "money"], [1.0, 1.0], [-1.0, 1.0], 0.0, {"move": 0.5, "delete": 0.9}, {})
    version = save(tiny, folder)
    assert load(folder, version).vocabulary == ["noon", "money"]
    return json.loads((folder / version / "about.json").read_bytes())


@pytest.mark.parametrize("change", FOREIGN_TEXT.values(), ids=FOREIGN_TEXT)
def test_a_foreign_text(foreign, tmp_path, change):
    """Whatever it is, it is refused with a sentence: the hash is right."""
    packed = arrays(weights=np.array([-1.0, 1.0]))
    hashed = {"sha256": hashlib.sha256(packed).hexdigest()}
    about = change if isinstance(change, bytes) or not change else foreign | hashed | change
    with pytest.raises(ModelError, match="cannot be used|no model"):
        load(tmp_path, plant(tmp_path, about, packed))


@pytest.mark.parametrize("packed", FOREIGN_ARRAYS.values(), ids=FOREIGN_ARRAYS)
def test_foreign_arrays(foreign, tmp_path, packed):
    about = foreign | {"sha256": hashlib.sha256(packed).hexdigest()}
    with pytest.raises(ModelError, match="cannot be used|no model"):
        load(tmp_path, plant(tmp_path, about, packed))


def test_arrays_that_would_fill_the_memory(foreign, tmp_path, monkeypatch):
    monkeypatch.setattr("service.model.LARGEST", 10_000)
    packed = arrays(idf=np.zeros(2000), weights=np.zeros(2000))
    assert len(packed) < 2000
    about = foreign | {
        "sha256": hashlib.sha256(packed).hexdigest(),
        "vocabulary": [str(n) for n in range(2000)],
    }
    with pytest.raises(ModelError, match="larger than 10,000"):
        load(tmp_path, plant(tmp_path, about, packed))


@pytest.mark.parametrize("name", ["tokens", "read_message"])
def test_another_reading_is_noticed(model, registry, monkeypatch, name):
    """The same version with another mail.py: small letters kept, or messages read otherwise."""
    import service.model

    original = getattr(service.model, name)
    others = {
        "tokens": lambda subject, body: [*original(subject, body), "new"],
        "read_message": lambda content: (original(content)[0], "all alike"),
    }
    monkeypatch.setattr(service.model, name, others[name])
    for do in (load, roll_back) if len(history(registry)) > 1 else (load,):
        with pytest.raises(ModelError, match="another reading of mails.*train again"):
            do(registry)
    version = save(model, registry)
    promote(registry, version)
    assert len(history(registry)) == 2


def test_the_passport_holds_answers_to_nobodys_mail(model, registry):
    answers = load(registry).about["known_answers"]
    found = [model.predict(*mail).probability for mail in EXAMPLES[: len(answers)]]
    assert np.allclose(answers[: len(found)], found, rtol=0, atol=1e-8) and len(set(answers)) > 3


# ---------------------------------------------------------------------------------- keeping house


def dated(registry, model, bias, day):
    """Store a version as of that day."""
    version = save(changed(model, bias), registry)
    (registry / version / "date").write_text(f"2026-01-{day:02}T10:00:00+00:00\n", encoding="ascii")
    return version


@pytest.fixture
def tiny():
    """A model of two words: quick to store."""
    return SpamModel(
        ["noon", "money"], [1.0, 1.0], [-1.0, 1.0], 0.0, {"move": 0.5, "delete": 0.9}, {"notes": ["x"]}
    )


def test_facts(tiny, tmp_path):
    first, second = dated(tmp_path, tiny, 1.0, 2), dated(tmp_path, tiny, 2.0, 1)
    promote(tmp_path, first)
    (tmp_path / second / "arrays.npz").write_bytes(b"")
    rows = facts(tmp_path)
    assert [row["version"] for row in rows] == stored(tmp_path) == [second, first]
    assert [row["in_use"] for row in rows] == [False, True]
    assert "damaged" in rows[0]["error"] and rows[1]["error"] is None
    assert rows[1]["date"] == date(tmp_path, first) == "2026-01-02T10:00:00+00:00"
    assert rows[1]["bytes"] > 500 and rows[1]["notes"] == ["x"] and rows[0]["notes"] == []
    assert facts(tmp_path / "nothing") == []


def test_prune(tiny, tmp_path):
    """What is in use stays, those before it, and those stored since; the rest goes, also from the history."""
    versions = [dated(tmp_path, tiny, float(n), n) for n in range(1, 8)]
    for version in versions[:5]:
        promote(tmp_path, version)
    dated(tmp_path, tiny, 100.0, 3)  # never put to use, and older
    assert set(prune(tmp_path, keep=2)) == {*versions[:2], save(changed(tiny, 100.0), tmp_path / "elsewhere")}
    assert stored(tmp_path) == versions[2:] and history(tmp_path) == versions[2:5]
    assert roll_back(tmp_path) == versions[3]
    assert prune(tmp_path, keep=0) == [versions[2]] and history(tmp_path) == [versions[3]]
    assert load(tmp_path).bias == 4.0
    with pytest.raises(ModelError, match="no model"):
        prune(tmp_path / "nothing")


def test_leftovers_of_killed_writers_go(tiny, tmp_path):
    save(tiny, tmp_path)
    for name in (".new-abc", ".old-0123456789ab-7"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "about.json").write_text("{}")
    (tmp_path / ".current-xyz").write_text("")
    (tmp_path / ".new-living").mkdir()
    for name in (".new-abc", ".old-0123456789ab-7", ".current-xyz"):
        os.utime(tmp_path / name, (0, 0))
    save(changed(tiny, 1.0), tmp_path)
    assert [path.name for path in tmp_path.glob(".*")] == [".new-living"]
