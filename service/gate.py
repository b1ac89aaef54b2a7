"""The gate of chapter 10: what a new version must show before it takes the place of the one in use."""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest, fisher_exact

from service.files import Mails, without_copies
from service.model import SpamModel, fingerprint


def gate(champion: SpamModel | None, challenger: SpamModel, mails: Mails) -> str:
    """Why the challenger may not be put to use, or "" if it may: the gate of chapter 10, on these mails.

    Each version judges each mail as one that it has not learned from (see `unlearned`). All mails are the
    vault: the challenger catches at most 5 spam in 100 fewer and loses at most 1 good mail in 100 more. Those
    that the champion was not taught are the shadow: where the two disagree, the challenger is not surely
    worse. (The chapter waits until it is surely better; who says --promote has waited.) The labels are
    believed: whoever writes them gets past this gate.
    """
    mails = without_copies(mails)
    y, ours = mails.is_spam, unlearned(challenger, mails)
    caught, lost = int(ours[y].sum()), int(ours[~y].sum())
    say = f"it moves {caught} of {y.sum()} spam and {lost} of {(~y).sum()} good mails"
    table = [[caught, y.sum() - caught], [lost, (~y).sum() - lost]]
    if fisher_exact(table, alternative="greater").pvalue > 0.001:
        return f"{say}, which is no better than chance"
    if champion is None:
        return ""
    theirs = unlearned(champion, mails)
    if caught < theirs[y].sum() - 0.05 * y.sum() or lost > theirs[~y].sum() + 0.01 * (~y).sum():
        return f"{say}, the version in use {theirs[y].sum()} and {theirs[~y].sum()}"
    new = np.array(
        [fingerprint(*mail) not in champion.judged for mail in zip(mails.subjects, mails.bodies, strict=True)]
    )
    differ = new & (ours != theirs)
    n, right = int(differ.sum()), int((ours == y)[differ].sum())
    if n and right < n - right and binomtest(right, n).pvalue < 0.05:
        return f"of {n} mails new to the version in use on which the two disagree it is right in {right} only"
    return ""


def unlearned(model: SpamModel, mails: Mails) -> np.ndarray:
    """Whether a version moves each mail (or deletes it); where it was taught it, what it said out of fold."""
    called = []
    for mail in zip(mails.subjects, mails.bodies, strict=True):
        before = model.judged.get(fingerprint(*mail))
        called.append(model.predict(*mail).verdict != "keep" if before is None else before)
    return np.array(called)
