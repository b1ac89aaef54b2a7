"""Training on one's own mail: what is read, and what is said when it cannot be."""

import csv
import mailbox
from email.message import EmailMessage

import numpy as np
import pytest

import coursekit as ck
from service.model import ModelError, current, history, load
from service.monitor import chance_level, psi
from service.train import Mails, csv_mails, digest, main, own_mails, pipeline, read_messages, without_copies


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


@pytest.mark.parametrize("kind", ["mbox", "folder", "csv"])
def test_own_mail(some, tmp_path, capsys, kind):
    if kind == "csv":
        rows = [["subject", "body", "is_spam"]]
        rows += [
            [subject, body, label]
            for label, part in some.items()
            for subject, body in zip(part["subject"], part["body"], strict=True)
        ]
        arguments = ["--csv", str(write_csv(tmp_path / "mails.csv", rows))]
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
    rows = [["subject", "body", "is_spam"]]
    rows += [
        [s, b, label]
        for label, part in some.items()
        for s, b in zip(part["subject"], part["body"], strict=True)
    ]
    first, second = (write_csv(tmp_path / f"{n}.csv", rows[:end]) for n, end in [("a", None), ("b", -40)])
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


def test_bad_places(tmp_path):
    with pytest.raises(ModelError, match="neither a folder of messages nor an mbox"):
        read_messages(tmp_path / "nothing")
    with pytest.raises(ModelError, match="holds no messages"):
        read_messages(tmp_path)
    (tmp_path / "latin.csv").write_bytes("subject,body,is_spam\ncaf\xe9,b,1\n".encode("latin-1"))
    with pytest.raises(ModelError, match="CSV table in UTF-8"):
        csv_mails(tmp_path / "latin.csv")
    with pytest.raises(SystemExit):
        main(["--good", str(tmp_path)])


def test_copies_are_left_out_and_order_is_kept():
    mails = Mails(["a", "b", "c", "d"], ["One, two!", "one two", "three", ""], np.array([0, 1, 1, 0], bool))
    kept = without_copies(mails)
    assert kept.subjects == ["a", "c", "d"] and kept.is_spam.tolist() == [False, True, False]


def test_the_hash_knows_the_data():
    mails = Mails(["a"], ["b"], np.array([True]))
    other = Mails(["a"], ["b"], np.array([False]))
    assert digest(mails) == digest(Mails(["a"], ["b"], np.array([True]))) != digest(other)


def test_raw_messages_read_as_the_table_was(tmp_path):
    """The samples in raw_mails are read to the same text as their rows in the table."""
    raw = ck.load("raw_mails")
    folder = tmp_path / "raw"
    folder.mkdir()
    for name, content in raw.items():
        (folder / name).write_bytes(content)
    read = read_messages(folder)
    assert len(read) == len(raw)
    assert sum(bool(body.strip()) for _, body in read) >= len(raw) - 2
    assert own_mails(folder, folder).is_spam.sum() == len(raw)


def test_the_reference_is_that_of_mail_not_learned_from(learned, model):
    """A fifth of the mails, held out, looks like the reference to the monitor: no alarm by construction."""
    held = np.arange(len(learned.read)) % 5 == 0
    rest = [learned.read[i] for i in np.flatnonzero(~held)]
    vocabulary = pipeline().fit(rest, learned.mails.is_spam[~held])[0].vocabulary_
    known = np.array([sum(token in vocabulary for token in learned.read[i]) for i in np.flatnonzero(held)])
    found = psi(np.array(model.about["reference"]["known_words"]), known)
    assert found < chance_level(len(known), len(held))
