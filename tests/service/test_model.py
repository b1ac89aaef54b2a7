"""The arrays give what scikit-learn gives; a version is stored whole or not at all."""

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
from service.model import ModelError, SpamModel, current, history, load, promote, roll_back, save

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
    assert found.verdict == model.verdict(found.probability)


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
    return SpamModel(model.vocabulary, model.idf, model.weights, bias, model.thresholds, model.about)


def test_stored_and_loaded(model, registry):
    again = load(registry)
    assert again.vocabulary == model.vocabulary
    assert (again.idf == model.idf).all() and (again.weights == model.weights).all()
    assert (again.bias, again.thresholds) == (model.bias, model.thresholds)
    assert again.about["version"] == current(registry)


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
