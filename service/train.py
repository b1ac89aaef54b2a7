"""Train the filter and store it as a new version.

    python -m service.train                                     on the course's mails
    python -m service.train --good inbox.mbox --spam junk/      on your own: mbox files or folders of messages
    python -m service.train --csv mails.csv                     on a table: columns subject, body, is_spam

A new version is put to use if there is none yet, or with --promote. Needs scikit-learn; the service does not.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import mailbox
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from service.mail import read_message, tokens
from service.model import ModelError, SpamModel, history, promote, save

REGISTRY = Path("models")
AT_LEAST = 50  # mails of each kind: with fewer, five folds say nothing
YES, NO = {"1", "true", "yes", "spam"}, {"0", "false", "no", "good", "ham"}


@dataclass
class Mails:
    """Labelled mails: subjects and bodies (texts) and is_spam (booleans), all of one length.

    short: further good texts without a subject, learned from and not judged on.
    """

    subjects: Sequence[str]
    bodies: Sequence[str]
    is_spam: np.ndarray
    short: Sequence[str] = ()
    name: str = ""


def pipeline() -> Pipeline:
    """The model of chapter 9: presence of tokens, rare ones count more, linear support vectors."""
    return make_pipeline(
        TfidfVectorizer(analyzer=list, min_df=3, binary=True), LinearSVC(C=10, random_state=0)
    )


@dataclass
class Fit:
    """What was learned: pipeline and sigmoid; and of each mail, out of fold, score and known words."""

    mails: Mails
    read: list[list[str]]
    fitted: Pipeline
    platt: LogisticRegression
    scores: np.ndarray
    known: np.ndarray


def fit(mails: Mails) -> Fit:
    """Fit the pipeline on all mails but copies, and a sigmoid (Platt scaling) on out-of-fold scores."""
    mails = without_copies(mails)
    y = mails.is_spam
    for kind, count in [("good", (~y).sum()), ("spam", y.sum())]:
        if count < AT_LEAST:
            raise ModelError(f"only {count} different {kind} mails: at least {AT_LEAST} are needed.")
    read = [tokens(*mail) for mail in zip(mails.subjects, mails.bodies, strict=True)]
    extra = [tokens(" ".join(text.split()[:4]), text) for text in mails.short]
    no = np.zeros(len(extra), bool)
    fitted = pipeline().fit(read + extra, np.r_[y, no])
    scores, known = np.empty(len(y)), np.empty(len(y))
    for learn, judge in StratifiedKFold(5, shuffle=True, random_state=0).split(y, y):
        fold = clone(fitted).fit([read[i] for i in learn] + extra, np.r_[y[learn], no])
        scores[judge] = fold.decision_function([read[i] for i in judge])
        known[judge] = [sum(token in fold[0].vocabulary_ for token in read[i]) for i in judge]
    platt = LogisticRegression(C=1e6).fit(scores[:, None], y)
    return Fit(mails, read, fitted, platt, scores, known)


def train(mails: Mails) -> SpamModel:
    """The filter for these mails; thresholds and metrics come from the out-of-fold scores."""
    return to_arrays(fit(mails))


def to_arrays(learned: Fit) -> SpamModel:
    """The same model without scikit-learn: for a linear model the sigmoid can be folded into the weights."""
    mails, y, scores = learned.mails, learned.mails.is_spam, learned.scores
    scale, shift = learned.platt.coef_[0, 0], learned.platt.intercept_[0]
    borders = {"move": 0.0, "delete": max(safe_threshold(y, scores), 0.0)}
    vectoriser, svm = learned.fitted
    # Frequent tokens first: what nearly every mail looks up then lies side by side in memory.
    order = np.argsort(vectoriser.idf_, kind="stable")
    return SpamModel(
        vectoriser.get_feature_names_out()[order].tolist(),
        vectoriser.idf_[order],
        scale * svm.coef_[0][order],
        scale * svm.intercept_[0] + shift,
        {name: float(1 / (1 + np.exp(-scale * border - shift))) for name, border in borders.items()},
        {
            "data": {
                "name": mails.name,
                "good": int((~y).sum()),
                "spam": int(y.sum()),
                "sha256": digest(mails),
            },
            "metrics": {name: quality(y, scores > border) for name, border in borders.items()},
            "reference": reference(scale * scores + shift, learned),
            "trained_with": {name: installed(name) for name in ("numpy", "scikit-learn")},
        },
    )


def without_copies(mails: Mails) -> Mails:
    """The first of all mails whose bodies have the same letters; blank bodies count by their subject."""
    seen, keep = set(), []
    for row, (subject, body) in enumerate(zip(mails.subjects, mails.bodies, strict=True)):
        letters = re.sub(r"[\W\d_]+", "", body.lower()) or subject
        if letters not in seen:
            seen.add(letters)
            keep.append(row)
    pick = [[column[row] for row in keep] for column in (mails.subjects, mails.bodies)]
    return Mails(*pick, np.asarray(mails.is_spam, bool)[keep], mails.short, mails.name)


def safe_threshold(y: np.ndarray, scores: np.ndarray) -> float:
    """The lowest score above which at most one good mail in 1,000 lies."""
    good = np.sort(scores[~y])[::-1]
    return float(good[len(good) // 1000])


def reference(log_odds: np.ndarray, learned: Fit) -> dict[str, list[float]]:
    """What traffic like the training data looks like to the monitor: 500 steps of each distribution.

    All of it as for mail that the model has not learned from: its own vocabulary knows a mail too well.
    """
    seen = {
        "log_odds": log_odds,
        "length": [len(body) for body in learned.mails.bodies],
        "known_words": learned.known,
    }
    steps = (np.arange(500) + 0.5) / 500
    return {name: np.quantile(values, steps).round(4).tolist() for name, values in seen.items()}


def quality(y: np.ndarray, called: np.ndarray) -> dict[str, float]:
    """Precision, recall and the share of good mail lost, out of fold."""
    return {
        "precision": round(float(y[called].mean()), 4) if called.any() else 0.0,
        "recall": round(float(called[y].mean()), 4),
        "good_lost": round(float(called[~y].mean()), 4),
    }


def digest(mails: Mails) -> str:
    """SHA-256 of the training data, in order."""
    found = hashlib.sha256()
    for row in zip(mails.subjects, mails.bodies, mails.is_spam, strict=True):
        found.update(repr(tuple(map(str, row))).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


# ----------------------------------------------------------------------------------------- reading


def course_mails() -> Mails:
    """The course's mails, and 300 good short messages: its mailing lists hold few personal notes, and
    without them a filter takes "Shall we meet at noon?" for spam."""
    import coursekit as ck

    mails, sms = ck.load("mails"), ck.load("sms")
    short = sms.loc[~sms["is_spam"].astype(bool), "text"].head(300).tolist()
    y = mails["is_spam"].to_numpy(bool)
    return Mails(mails["subject"].tolist(), mails["body"].tolist(), y, short, "the course's mails")


def own_mails(good: Path, spam: Path) -> Mails:
    """Messages from two mbox files or folders (one message a file, subfolders included)."""
    found = {label: read_messages(path) for label, path in [(False, good), (True, spam)]}
    mails = [(*mail, label) for label, some in found.items() for mail in some]
    subjects, bodies, labels = zip(*mails, strict=True)
    return Mails(subjects, bodies, np.array(labels), name=f"{good.name} and {spam.name}")


def read_messages(path: Path) -> list[tuple[str, str]]:
    """Subject and body of each message of an mbox file or a folder."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        contents = [file.read_bytes() for file in files]
    elif path.is_file():
        box = mailbox.mbox(path, create=False)
        contents = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118  (a mailbox iterates messages)
    else:
        raise ModelError(f"{path} is neither a folder of messages nor an mbox file.")
    if not contents:
        raise ModelError(f"{path} holds no messages.")
    return [read_message(content) for content in contents]


def csv_mails(path: Path) -> Mails:
    """Mails from a CSV table in UTF-8 with the columns subject, body and is_spam."""
    csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(f"{path} cannot be read as a CSV table in UTF-8: {error}.") from error
    if missing := {"subject", "body", "is_spam"} - set(rows[0] if rows else ()):
        raise ModelError(f"{path} lacks the column {', '.join(sorted(missing))}.")
    labels = [(row["is_spam"] or "").strip().lower() for row in rows]
    if wrong := [n for n, label in enumerate(labels, 2) if label not in YES | NO]:
        raise ModelError(f"{path}, row {wrong[0]}: is_spam must be 1 or 0 (or true, spam, false, good).")
    spam = np.array([label in YES for label in labels])
    texts = [[row[name] or "" for row in rows] for name in ("subject", "body")]
    return Mails(*texts, spam, name=path.name)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m service.train", description="Train the spam filter.")
    parser.add_argument("--good", type=Path, help="your good mail: an mbox file or a folder of messages")
    parser.add_argument("--spam", type=Path, help="your spam: an mbox file or a folder of messages")
    parser.add_argument("--csv", type=Path, help="a table with the columns subject, body, is_spam")
    parser.add_argument("--registry", type=Path, default=REGISTRY, help="where versions are kept (models)")
    parser.add_argument("--promote", action="store_true", help="put the new version to use at once")
    chosen = parser.parse_args(arguments)
    if bool(chosen.good) != bool(chosen.spam) or (chosen.csv and chosen.good):
        parser.error("give --good and --spam together, or --csv alone.")
    try:
        if chosen.csv:
            mails = csv_mails(chosen.csv)
        else:
            mails = own_mails(chosen.good, chosen.spam) if chosen.good else course_mails()
        model = train(mails)
        version = save(model, chosen.registry)
        if chosen.promote or not history(chosen.registry):
            promote(chosen.registry, version)
    except ModelError as error:
        print(f"Not trained: {error}", file=sys.stderr)
        return 1
    data = model.about["data"]
    print(f"Version {version}, from {data['good']} good mails and {data['spam']} spam ({data['name']}).")
    for name, figures in model.about["metrics"].items():
        print(f"  {name:7}", ", ".join(f"{key} {value:.3f}" for key, value in figures.items()))
    print("In use." if history(chosen.registry)[-1] == version else "Stored; use it with --promote.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
