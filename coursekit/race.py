"""What the open questions of several chapters check alike: two contestants, an interval, and a verdict."""

import numpy as np

from coursekit.checking import given, need


def whole(*answers):
    """Are the answers there, and every part of them?"""
    if not given(*answers):
        return False
    parts = []
    for answer in answers:
        if isinstance(answer, dict):
            parts.extend(answer.values())
        elif isinstance(answer, list | tuple):
            parts.extend(answer)
    return given(*parts)


def interval(differences, overlap=1 / 4, t=2.7764):
    """Mean difference, and the ends of its 95 % interval (chapter 03); t is that of five folds."""
    k, mean = len(differences), np.mean(differences)
    half = t * np.sqrt(np.var(differences, ddof=1) * (1 / k + overlap))
    return np.array([mean, mean - half, mean + half])


def need_the_verdict(verdict, differences, above, below, edge, reminder):
    """Does the verdict follow from the interval of the differences, rival minus baseline, on five folds?

    `above` and `below` are the words for an interval that lies above or below 0. Within `edge` of 0 the last
    digits decide, so both words pass there. `reminder` says what was subtracted and what is good.
    """
    words = (above, below, "cannot tell")
    word = " ".join(str(verdict).lower().split())
    need(isinstance(verdict, str) and word in words, f"verdict is one of {', '.join(map(repr, words))}.")
    mean, low, high = interval(differences)
    right = {above} if low > 0 else {below} if high < 0 else {"cannot tell"}
    if min(abs(low), abs(high)) < edge:
        right |= {"cannot tell", above if mean > 0 else below}
    if word in right:
        return
    where = f"The interval of the difference goes from {low:+.3f} to {high:+.3f}"
    need(word != "cannot tell", f"{where}: 0 is outside of it, so more can be said than 'cannot tell'.")
    need(low > 0 or high < 0, f"{where}: 0 is inside of it. Does {word!r} follow from that?")
    need(False, f"{where}: on which side of 0 is that? {reminder}")
