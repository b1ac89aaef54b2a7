"""Training on one's own mail: what is learned, what is said when it fails, and what the gate lets through."""

import csv
import errno
import mailbox
import os
from email.message import EmailMessage

import numpy as np
import pytest

import coursekit as ck
from service.files import Mails, without_copies
from service.gate import gate
from service.model import FEW, SpamModel, current, facts, fingerprint, history, load
from service.monitor import chance_level, psi
from service.train import digest, interval, main, pipeline, safe_threshold, train


@pytest.fixture(scope="module")
def some():
    """150 good mails and 150 spam mails, subject and body."""
    mails = ck.load("mails").drop_duplicates("body")
    return {label: part.head(150) for label, part in mails.groupby("is_spam")}


def messages(part):
    for subject, body in zip(part["subject"], part["body"], strict=True):
        message = EmailMessage()
        message["Subject"] = " ".join(subject.split())
        message.set_content(body)
        yield message.as_bytes()


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def table(some, end=None):
    """The rows of a table of mails, with its head."""
    rows = [
        [subject, body, label]
        for label, part in some.items()
        for subject, body in zip(part["subject"], part["body"], strict=True)
    ]
    return [["subject", "body", "is_spam"], *rows[:end]]


def as_mails(some):
    """The same as training data."""
    rows = table(some)[1:]
    return Mails([row[0] for row in rows], [row[1] for row in rows], np.array([row[2] for row in rows], bool))


@pytest.mark.parametrize("kind", ["mbox", "folder", "csv"])
def test_own_mail(some, tmp_path, capsys, kind):
    if kind == "csv":
        arguments = ["--csv", str(write_csv(tmp_path / "mails.csv", table(some)))]
    else:
        arguments = []
        for name, label in [("good", False), ("spam", True)]:
            if kind == "mbox":
                path = tmp_path / f"{name}.mbox"
                box = mailbox.mbox(path)
                for content in messages(some[label]):
                    box.add(content)
                box.close()
            else:
                path = tmp_path / name / "deeper"
                path.mkdir(parents=True)
                for number, content in enumerate(messages(some[label])):
                    (path / f"{number}.eml").write_bytes(content)
                path = path.parent
            arguments += [f"--{name}", str(path)]
    registry = tmp_path / "models"
    assert main([*arguments, "--registry", str(registry)]) == 0
    assert "In use." in capsys.readouterr().out
    model = load(registry)
    assert model.about["data"]["good"] > 130 and model.about["data"]["spam"] > 130
    judged = {
        label: np.mean(
            [model.predict(*mail).verdict != "keep" for mail in zip(p["subject"], p["body"], strict=True)]
        )
        for label, p in some.items()
    }
    assert judged[False] < 0.1 and judged[True] > 0.9


def test_a_second_version_waits_to_be_promoted(some, tmp_path, capsys):
    first = write_csv(tmp_path / "a.csv", table(some))
    second = write_csv(tmp_path / "b.csv", table(some, -40))
    registry = ["--registry", str(tmp_path / "models")]
    assert main(["--csv", str(first), *registry]) == 0
    used = current(tmp_path / "models")
    assert main(["--csv", str(second), *registry]) == 0
    assert "Stored" in capsys.readouterr().out and current(tmp_path / "models") == used
    assert main(["--csv", str(second), *registry, "--promote"]) == 0
    assert len(history(tmp_path / "models")) == 2


@pytest.mark.parametrize(
    "rows, message",
    [
        ([["subject", "body"], ["a", "b"]], "lacks the column is_spam"),
        ([["subject", "body", "is_spam"], ["a", "b", "1"], ["a", "b", "maybe"]], "row 3: is_spam must be"),
        ([["subject", "body", "is_spam"], ["a", "b", "1"]], "only 0 different good mails: at least 50"),
        ([], "lacks the column"),
    ],
)
def test_bad_tables(tmp_path, capsys, rows, message):
    path = write_csv(tmp_path / "mails.csv", rows)
    assert main(["--csv", str(path), "--registry", str(tmp_path / "models")]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_bad_places(tmp_path, capsys):
    (tmp_path / "latin.csv").write_bytes("subject,body,is_spam\ncaf\xe9,b,1\n".encode("latin-1"))
    assert main(["--csv", str(tmp_path / "latin.csv")]) == 1
    assert main(["--good", str(tmp_path / "nothing"), "--spam", str(tmp_path)]) == 1
    (tmp_path / "models").write_text("a file")
    assert main(["--registry", str(tmp_path / "models")]) == 1
    said = capsys.readouterr().err
    assert "CSV table in UTF-8" in said and "does not exist" in said and "Not a directory" in said
    with pytest.raises(SystemExit):
        main(["--good", str(tmp_path)])


def test_no_word_in_common(tmp_path, capsys):
    words = ["".join("abcdefghij"[int(digit)] for digit in str(n)) for n in range(1000, 1280)]
    rows = [[*words[2 * n : 2 * n + 2], n % 2] for n in range(140)]
    path = write_csv(tmp_path / "mails.csv", [["subject", "body", "is_spam"], *rows])
    assert main(["--csv", str(path), "--registry", str(tmp_path / "models")]) == 1
    assert "hardly a word" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_nothing(some, tmp_path, capsys, monkeypatch, number):
    def refuse(handle):
        raise OSError(number, os.strerror(number))

    path, registry = write_csv(tmp_path / "mails.csv", table(some)), tmp_path / "models"
    monkeypatch.setattr(os, "fsync", refuse)
    assert main(["--csv", str(path), "--registry", str(registry)]) == 1
    assert f"models cannot be written: {os.strerror(number)}" in capsys.readouterr().err
    assert list(registry.iterdir()) == []


def test_what_is_left_out_is_counted_and_named(some, tmp_path, capsys):
    for name, label in [("good", False), ("spam", True)]:
        (tmp_path / name).mkdir()
        for number, content in enumerate(messages(some[label])):
            (tmp_path / name / f"{number}.eml").write_bytes(content)
    first = (tmp_path / "good" / "0.eml").read_bytes()
    (tmp_path / "good" / "copy.eml").write_bytes(first)
    (tmp_path / "good" / "blank.eml").write_bytes(b"Subject:\nFrom: a@b.example\n\n\n")
    (tmp_path / "good" / "other.msg").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(99))
    places = ["--good", str(tmp_path / "good"), "--spam", str(tmp_path / "spam")]
    assert main([*places, "--registry", str(tmp_path / "models")]) == 0
    said = capsys.readouterr()
    assert "other.msg: it is a file of Outlook" in said.err and "1 blank, 1 skipped" in said.out
    data = load(tmp_path / "models").about["data"]
    assert data["left_out"]["copies"] >= 1
    assert data["good"] + data["spam"] + sum(data["left_out"].values()) == 303


# --------------------------------------------------------------------------- figures, and few mails


def test_the_passport(learned, model):
    """Counts, figures with intervals by kind of mail; the kinds add up."""
    kinds, data = model.about["kinds"], model.about["data"]
    assert kinds["plain"]["mails"] + kinds["html"]["mails"] == kinds["all"]["mails"]
    assert kinds["all"]["mails"] == data["good"] + data["spam"] == len(learned.scores)
    assert data["left_out"]["copies"] == 376
    share, low, high = kinds["all"]["recall"]
    assert share == model.about["metrics"]["move"]["recall"] and low < share < high
    assert model.about["notes"] == []


def test_an_interval():
    assert interval(np.zeros(0, bool)) is None
    assert interval(np.zeros(60, bool)) == [0.0, 0.0, pytest.approx(1 - 0.025 ** (1 / 60), abs=1e-4)]


def test_few_mails_delete_nothing(some):
    """60 good mails cannot show how few would be lost: none is deleted, and the passport says so."""
    found = train(as_mails({label: part.head(60) for label, part in some.items()}))
    assert found.thresholds["delete"] == 1.0 and "Deletes nothing" in found.about["notes"][0]
    words = " ".join(word for word in found.vocabulary if ":" not in word and "^" not in word)
    for part in some.values():
        for subject, body in zip(part["subject"], part["body"], strict=True):
            assert found.predict(subject, f"{body} {words}").verdict != "delete"
            assert found.predict(subject, body).verdict != "delete"


def test_the_threshold_for_deleting():
    """At most one good mail in 1,000 above it, and none at all before it is sure that few are lost."""
    scores, known = np.arange(2000.0), np.full(2000, FEW + 1)
    good = np.zeros(2000, bool)
    assert safe_threshold(good, scores, known) == 1997
    assert safe_threshold(good, scores, np.where(scores > 1900, FEW, FEW + 1)) == 1898
    assert safe_threshold(good[:600], scores[:600], known[:600]) == 599
    assert safe_threshold(good[:590], scores[:590], known[:590]) == np.inf


def test_on_few_known_words_nothing_is_deleted(model):
    assert model.verdict(0.9999999, FEW) == "move" and model.verdict(0.9999999, FEW + 1) == "delete"
    found = model.predict("", "http://example.com/offer?id=17")
    assert len(found.pushes) <= FEW and found.verdict != "delete"


# ------------------------------------------------------------------------------------------ the gate


def moving(model, mails, moved):
    """A version that was taught these mails and, out of fold, moved those of the rows."""
    parts = model.vocabulary, model.idf, model.weights, model.bias, model.thresholds, model.about
    prints = [fingerprint(*mail) for mail in zip(mails.subjects, mails.bodies, strict=True)]
    return SpamModel(*parts, zip(prints, moved.tolist(), strict=True))


def test_a_model_no_better_than_chance_is_not_put_to_use(some, tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = table(some)
    labels = rng.permutation([row[2] for row in rows[1:]])
    rows = [rows[0], *([*row[:2], label] for row, label in zip(rows[1:], labels, strict=True))]
    path, registry = write_csv(tmp_path / "mails.csv", rows), tmp_path / "models"
    assert main(["--csv", str(path), "--registry", str(registry)]) == 1
    assert "no better than chance" in capsys.readouterr().err
    assert history(registry) == [] and len(facts(registry)) == 1


def test_the_gate_refuses_what_is_worse(some, tmp_path, capsys):
    """Every third spam is labelled good: the version in use says so."""
    registry = tmp_path / "models"
    rows = table(some)
    assert main(["--csv", str(write_csv(tmp_path / "a.csv", rows)), "--registry", str(registry)]) == 0
    used = current(registry)
    spam = [number for number, row in enumerate(rows) if row[2] is True]
    for number in spam[::3]:
        rows[number] = [*rows[number][:2], False]
    path = write_csv(tmp_path / "b.csv", rows)
    assert main(["--csv", str(path), "--registry", str(registry), "--promote"]) == 1
    assert "Stored and not put to use" in capsys.readouterr().err
    assert history(registry) == [used] and len(facts(registry)) == 2


def test_the_limits_of_the_gate(model):
    """1,000 mails, 500 of them spam: who may catch how many fewer and lose how many more."""
    n = np.arange(1000)
    mails = Mails([f"s{i}" for i in n], ["x" * (i + 1) for i in n], n < 500)
    champion = moving(model, mails, n < 480)
    for challenger, passes in [
        (n < 480, True),
        (n < 455, True),
        (n < 454, False),
        ((n < 480) | (n >= 995), True),
        ((n < 480) | (n >= 994), False),
        (n < 0, False),
        (n >= 0, False),
    ]:
        assert (gate(champion, moving(model, mails, challenger), mails) == "") == passes
    assert gate(None, moving(model, mails, n < 100), mails) == ""


def test_on_new_mail_the_challenger_must_not_be_surely_worse(model):
    """Inside the limits of the vault, but on the mails that the champion was not taught 8 to 0 against it."""
    n = np.arange(2000)
    mails = Mails([f"s{i}" for i in n], ["x" * (i + 1) for i in n], n < 1000)
    old = mails.take(np.flatnonzero((n < 1000) | (n >= 1008)))
    champion = moving(model, old, old.is_spam)
    assert model.predict("s1000", mails.bodies[1000]).verdict == "keep"  # what the champion says of new ones
    challenger = moving(model, mails, n < 1008)
    assert "of 8 mails new to the version in use" in gate(champion, challenger, mails)
    assert gate(champion, moving(model, mails, n < 1004), mails) == ""


def test_a_version_that_cannot_be_loaded_is_no_champion(some, tmp_path, capsys):
    registry = tmp_path / "models"
    arguments = ["--csv", str(write_csv(tmp_path / "a.csv", table(some))), "--registry", str(registry)]
    assert main(arguments) == 0
    used = current(registry)
    (registry / used / "arrays.npz").write_bytes(b"")
    assert (
        main(["--csv", str(write_csv(tmp_path / "b.csv", table(some, -9))), *arguments[2:], "--promote"]) == 0
    )
    assert "Not compared with the version in use" in capsys.readouterr().err
    assert load(registry).about["version"] != used


def test_the_same_mails_give_the_same_name(some, tmp_path):
    """And training again mends a version that is damaged."""
    registry = tmp_path / "models"
    arguments = ["--csv", str(write_csv(tmp_path / "a.csv", table(some))), "--registry", str(registry)]
    assert main(arguments) == 0
    used = current(registry)
    (registry / used / "arrays.npz").write_bytes(b"")
    assert main(arguments) == 0
    assert load(registry).about["version"] == used and len(facts(registry)) == 1


def test_copies_are_left_out_and_order_is_kept():
    mails = Mails(["a", "b", "c", "d"], ["One, two!", "one two", "three", ""], np.array([0, 1, 1, 0], bool))
    kept = without_copies(mails)
    assert kept.subjects == ["a", "c", "d"] and kept.is_spam.tolist() == [False, True, False]


def test_the_hash_knows_the_data():
    mails = Mails(["a"], ["b"], np.array([True]))
    other = Mails(["a"], ["b"], np.array([False]))
    assert digest(mails) == digest(Mails(["a"], ["b"], np.array([True]))) != digest(other)


def test_the_reference_is_that_of_mail_not_learned_from(learned, model):
    """A fifth of the mails, held out, looks like the reference to the monitor: no alarm by construction."""
    held = np.arange(len(learned.read)) % 5 == 0
    rest = [learned.read[i] for i in np.flatnonzero(~held)]
    vocabulary = pipeline().fit(rest, learned.mails.is_spam[~held])[0].vocabulary_
    known = np.array([sum(token in vocabulary for token in learned.read[i]) for i in np.flatnonzero(held)])
    found = psi(np.array(model.about["reference"]["known_words"]), known)
    assert found < chance_level(len(known), len(held))
