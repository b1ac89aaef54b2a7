"""Train the filter and store it as a new version.

    python -m service.train                                     on the course's mails
    python -m service.train --good inbox.mbox --spam junk/      on your own: mbox files, folders, Maildirs …
    python -m service.train --csv mails.csv                     on a table: columns subject, body, is_spam

A new version is put to use if there is none yet, or with --promote, in both cases only through the gate. Exit
status: 0 done as asked, 1 not trained or not put to use. Needs scikit-learn; the service does not.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

import numpy as np
from scipy.stats import beta, binomtest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from service.files import Mails, course_mails, csv_mails, own_mails, without_copies
from service.gate import gate
from service.mail import BODY_LIMIT, is_html, mask, tokens, visible
from service.model import FEW, ModelError, SpamModel, fingerprint, history, load, promote, save

REGISTRY = Path("models")
AT_LEAST = 50  # mails of each kind: with fewer, five folds say nothing
SURELY = 0.005  # nothing is deleted until fewer good mails than this are lost with a probability of 95 %
NAMED = 10  # files that could not be read are named up to this number


def pipeline() -> Pipeline:
    """The model of chapter 9: presence of tokens, rare ones count more, linear support vectors."""
    return make_pipeline(
        TfidfVectorizer(analyzer=list, min_df=3, binary=True), LinearSVC(C=10, random_state=0)
    )


@dataclass
class Fit:
    """What was learned: pipeline and sigmoid; and of each mail the text that is seen, its tokens, and, out of
    fold, score and number of known tokens."""

    mails: Mails
    shown: list[str]
    read: list[list[str]]
    fitted: Pipeline
    platt: LogisticRegression
    scores: np.ndarray
    known: np.ndarray
    left_out: dict[str, int]


def fit(mails: Mails) -> Fit:
    """Fit the pipeline on all mails but copies and blank ones, and a sigmoid (Platt scaling) on out-of-fold
    scores. Raises ModelError if there are too few mails, or none that share words."""
    given, mails = len(mails.bodies), without_copies(mails)
    shown = [visible(body) for body in mails.bodies]
    # A word that stands in many mails is kept once.
    read = [list(map(sys.intern, tokens(*mail))) for mail in zip(mails.subjects, shown, strict=True)]
    left_out = {"copies": given - len(read), "blank": read.count([]), "skipped": len(mails.skipped)}
    kept = [row for row, found in enumerate(read) if found]
    mails, shown, read = mails.take(kept), [shown[row] for row in kept], [read[row] for row in kept]
    y = mails.is_spam
    for kind, count in [("good", (~y).sum()), ("spam", y.sum())]:
        if count < AT_LEAST:
            raise ModelError(f"only {count} different {kind} mails: at least {AT_LEAST} are needed.")
    extra = [tokens(" ".join(text.split()[:4]), text) for text in mails.short]
    no = np.zeros(len(extra), bool)
    scores, known = np.empty(len(y)), np.empty(len(y))
    try:
        fitted = pipeline().fit(read + extra, np.r_[y, no])
        for learn, judge in StratifiedKFold(5, shuffle=True, random_state=0).split(y, y):
            fold = clone(fitted).fit([read[i] for i in learn] + extra, np.r_[y[learn], no])
            scores[judge] = fold.decision_function([read[i] for i in judge])
            known[judge] = [sum(token in fold[0].vocabulary_ for token in read[i]) for i in judge]
    except ValueError as error:  # the vectoriser's: no terms remain
        raise ModelError("hardly a word stands in three of the mails: are they in one language?") from error
    platt = LogisticRegression(C=1e6).fit(scores[:, None], y)
    # Scores that say nothing could be turned round by chance, and "spam" would mean good.
    platt.coef_ = np.maximum(platt.coef_, 1e-6)
    return Fit(mails, shown, read, fitted, platt, scores, known, left_out)


def train(mails: Mails) -> SpamModel:
    """The filter for these mails; thresholds and metrics come from the out-of-fold scores."""
    return to_arrays(fit(mails))


def to_arrays(learned: Fit) -> SpamModel:
    """The same model without scikit-learn: for a linear model the sigmoid can be folded into the weights."""
    mails, y, scores = learned.mails, learned.mails.is_spam, learned.scores
    scale, shift = learned.platt.coef_[0, 0], learned.platt.intercept_[0]
    limits = {"move": 0.0, "delete": max(safe_threshold(y, scores, learned.known), 0.0)}
    called = {"move": scores > 0, "delete": (scores > limits["delete"]) & (learned.known > FEW)}
    vectoriser, svm = learned.fitted
    # Frequent tokens first: what nearly every mail looks up then lies side by side in memory.
    order = np.argsort(vectoriser.idf_, kind="stable")
    about = {
        "data": {
            "name": mails.name,
            "good": int((~y).sum()),
            "spam": int(y.sum()),
            "left_out": learned.left_out,
            "sha256": digest(mails),
        },
        "metrics": {name: quality(y, mails_called) for name, mails_called in called.items()},
        "kinds": {name: by_kind(y[rows], called, rows) for name, rows in kinds(learned.shown).items()},
        "notes": [],
        "reference": reference(scale * scores + shift, learned),
        "trained_with": {name: installed(name) for name in ("numpy", "scikit-learn")},
    }
    if limits["delete"] == np.inf:
        about["notes"].append(
            f"Deletes nothing: {(~y).sum()} good mails are too few to be sure that fewer than "
            f"1 in {1 / SURELY:.0f} would be lost."
        )
    return SpamModel(
        vectoriser.get_feature_names_out()[order].tolist(),
        vectoriser.idf_[order],
        scale * svm.coef_[0][order],
        scale * svm.intercept_[0] + shift,
        {name: float(1 / (1 + np.exp(-scale * limit - shift))) for name, limit in limits.items()},
        about,
        zip(map(fingerprint, mails.subjects, mails.bodies), called["move"].tolist(), strict=True),
    )


def safe_threshold(y: np.ndarray, scores: np.ndarray, known: np.ndarray) -> float:
    """The lowest score above which at most one good mail in 1,000 lies that could be deleted.

    Infinite if the good mails are too few: of n draws the share above the (k + 1)th highest has a beta
    distribution, and its upper 95 % end must be below SURELY. That takes about 600 good mails.
    """
    good = np.sort(np.where(known > FEW, scores, -np.inf)[~y])[::-1]
    n, k = len(good), len(good) // 1000
    return float(good[k]) if beta.ppf(0.95, k + 1, n - k) < SURELY else np.inf


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


def by_kind(y: np.ndarray, called: dict[str, np.ndarray], rows: np.ndarray) -> dict:
    """Of some mails their number, the share of spam moved or deleted, and of good mail moved and deleted."""
    move, delete = called["move"][rows], called["delete"][rows]
    shares = {"recall": move[y], "good_lost": move[~y], "good_deleted": delete[~y]}
    return {"mails": len(y), **{name: interval(cases) for name, cases in shares.items()}}


def interval(cases: np.ndarray) -> list[float] | None:
    """Share of true cases with its exact binomial 95 % interval; None without a case."""
    if not len(cases):
        return None
    low, high = binomtest(int(cases.sum()), len(cases)).proportion_ci()
    return [round(float(value), 4) for value in (cases.mean(), low, high)]


def kinds(shown: list[str]) -> dict[str, np.ndarray]:
    """Which mails are plain text and which HTML; and of all, which are short, and which hardly more than a
    link. A word is what stands between two blanks."""
    html = np.array([is_html(body) for body in shown])
    words = [mask(body[:BODY_LIMIT]).split() for body in shown]
    links = np.array([found.count("URL") for found in words])
    n = np.array([len(found) for found in words])
    return {
        "all": n >= 0,
        "plain": ~html,
        "html": html,
        "short": n < 20,
        "link": (links > 0) & (n - links < 4),
    }


def digest(mails: Mails) -> str:
    """SHA-256 of the training data, in order."""
    found = hashlib.sha256()
    for row in zip(mails.subjects, mails.bodies, mails.is_spam, strict=True):
        found.update(repr(tuple(map(str, row))).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


# -------------------------------------------------------------------------------------- command line


def in_use(registry: Path) -> SpamModel | None:
    """The version in use; None, with a line printed, if it cannot be loaded."""
    if not history(registry):
        return None
    try:
        return load(registry)
    except ModelError as error:
        print(f"Not compared with the version in use: {error}", file=sys.stderr)
        return None


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m service.train", description="Train the spam filter.")
    parser.add_argument("--good", type=Path, help="your good mail: an mbox, a message, a folder or a Maildir")
    parser.add_argument("--spam", type=Path, help="your spam: likewise")
    parser.add_argument("--csv", type=Path, help="a table with the columns subject, body, is_spam")
    parser.add_argument("--registry", type=Path, default=REGISTRY, help="where versions are kept (models)")
    parser.add_argument(
        "--promote", action="store_true", help="put the new version to use, if it is no worse"
    )
    chosen = parser.parse_args(arguments)
    if bool(chosen.good) != bool(chosen.spam) or (chosen.csv and chosen.good):
        parser.error("give --good and --spam together, or --csv alone.")
    try:
        wanted = chosen.promote or not history(chosen.registry)
        if chosen.csv:
            mails = csv_mails(chosen.csv)
        else:
            mails = own_mails(chosen.good, chosen.spam) if chosen.good else course_mails()
        for line in mails.skipped[:NAMED]:
            print(f"Skipped {line}", file=sys.stderr)
        model = train(mails)
        version = save(model, chosen.registry)
        print(summary(version, model))
        refusal = gate(in_use(chosen.registry), model, mails) if wanted else ""
        if wanted and not refusal:
            promote(chosen.registry, version)
    except (ModelError, OSError) as error:
        print(f"Not trained: {error}", file=sys.stderr)
        return 1
    if refusal:
        print(f"Stored and not put to use: {refusal}.", file=sys.stderr)
        anyway = f"python -m service promote {version} --registry {chosen.registry}"
        print(f"Who knows better puts it to use by hand: {anyway}", file=sys.stderr)
        return 1
    print("In use." if history(chosen.registry)[-1:] == [version] else "Stored; use it with --promote.")
    return 0


def summary(version: str, model: SpamModel) -> str:
    """What a training prints: data, figures by kind of mail with their intervals, and notes."""
    data = model.about["data"]
    left_out = ", ".join(f"{count} {name}" for name, count in data["left_out"].items())
    lines = [
        f"Version {version}, from {data['good']} good mails and {data['spam']} spam ({data['name']}).",
        f"Left out: {left_out}. Of mails not learned from, with 95 % intervals:",
        f"{'':6} {'mails':>6}   {'spam moved':24} {'good mail moved':24} {'good mail deleted':24}",
    ]
    for kind, row in model.about["kinds"].items():
        shares = [row[name] for name in ("recall", "good_lost", "good_deleted")]
        shown = ["{:.3f} ({:.3f} to {:.3f})".format(*share) if share else "none" for share in shares]
        lines.append(f"{kind:6} {row['mails']:6}   {shown[0]:24} {shown[1]:24} {shown[2]}")
    return "\n".join([*lines, *model.about["notes"]])


if __name__ == "__main__":
    sys.exit(main())
