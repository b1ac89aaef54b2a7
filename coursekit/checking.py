"""Check a learner's answers: one line of verdict, never a traceback, in a notebook; a score under nbgrader.

The questions of chapter 9 stand in `checks/ch09.py`. Each is a function of the learner's answers, decorated
with `question`, that returns when they are right and calls `need(condition, hint)` on the way.
"""

import contextlib
import functools
import inspect
import io
import os
import runpy
import types
import warnings
from pathlib import Path


class NotYet(AssertionError):
    """The answer is wrong; the message is the hint for the learner."""


class NotAttempted(AssertionError):
    """The answer, or what the learner's function returns, is still the `...` of the blank notebook."""


def need(condition, hint):
    """Require something of an answer.

    Parameters
    ----------
    condition : bool
    hint : str
        What to look at if it does not hold, without giving the answer away.

    Raises
    ------
    NotYet
        If `condition` is false.
    """
    if not condition:
        raise NotYet(hint)


def attempt(function):
    """What a call returns, or the exception it raises (but NotAttempted passes through)."""
    try:
        return function()
    except NotAttempted:
        raise
    except Exception as error:
        return error


def question(function):
    """Mark a function of `checks/chNN.py` as a question that notebooks can ask."""
    function.is_question = True
    return function


def checks(chapter):
    """The questions of one chapter, read from disk at every call.

    Parameters
    ----------
    chapter : int

    Returns
    -------
    Object with one method a question: `checks(9).q2(answer)` prints one line and returns nothing. Under
    nbgrader (environment variable NBGRADER_EXECUTION) it raises AssertionError instead when the answer earns
    no points.

    Raises
    ------
    ValueError
        If the chapter has no questions.
    """
    path = Path(__file__).parent / "checks" / f"ch{chapter:02d}.py"
    if not path.exists():
        raise ValueError(f"Chapter {chapter} has no questions to check.")
    names = runpy.run_path(str(path)).items()
    return Checks(chapter, {name: asked for name, asked in names if getattr(asked, "is_question", False)})


class Checks:
    """The questions of one chapter; see `checks`."""

    def __init__(self, chapter, questions):
        self._chapter, self._questions = chapter, questions

    def __dir__(self):
        return sorted(self._questions)

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._questions:
            known = ", ".join(dir(self))
            raise AttributeError(f"Chapter {self._chapter} has no question {name}; it has {known}.")
        return functools.partial(_verdict, name.upper(), self._questions[name])


def _verdict(label, asked, *answers):
    """Print what the question `asked` says of the answers, or raise it under nbgrader."""
    try:
        _ask(asked, answers)
        print(f"✓ {label}: passed")
        return
    except NotAttempted:
        verdict = f"· {label}: not attempted"
    except NotYet as wrong:
        verdict = f"✗ {label}: not yet. {wrong}"
    except (Exception, SystemExit) as crash:
        reason = " ".join(str(crash).split())
        reason = f"{type(crash).__name__}: {reason[:200]}" if reason else type(crash).__name__
        verdict = f"✗ {label}: not yet. Your answer raised {reason}"
    if os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(verdict)
    print(verdict)


def _ask(asked, answers):
    """Call a question quietly: what the learner's functions print or warn of is not part of the verdict."""
    wanted = list(inspect.signature(asked).parameters)
    need(len(answers) == len(wanted), f"The check takes {', '.join(wanted)}: restore the check cell.")
    if any(answer is ... or answer is None for answer in answers):
        raise NotAttempted
    silent = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with warnings.catch_warnings(), silent[0], silent[1]:
        warnings.simplefilter("ignore")
        asked(*map(_guarded, answers))


def _guarded(answer):
    """A learner's function that counts as not attempted while it returns `...`; any other answer as it is."""
    if not isinstance(answer, types.FunctionType):
        return answer

    @functools.wraps(answer)
    def call(*args, **kwargs):
        result = answer(*args, **kwargs)
        if result is ...:
            raise NotAttempted
        return result

    return call
