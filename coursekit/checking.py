"""Check a learner's answers: one line of verdict, never a traceback, in a notebook; a score under nbgrader.

The questions of chapter 9 stand in `checks/ch09.py`. Each is a function of the learner's answers, decorated
with `question`, that returns when they are right and calls `need(condition, hint)` on the way. A parameter
whose name begins with `given_` takes what a given cell made, which is no answer.
"""

import contextlib
import copy
import functools
import inspect
import io
import os
import runpy
import sys
import threading
import types
import warnings
from pathlib import Path

PATIENCE = 3  # seconds before a check says that it is still at work
_unjudged = []  # answers that the running question could not judge, because another one is blank


class NotYet(AssertionError):
    """The answer is wrong; the message is the hint for the learner."""


class NotAttempted(AssertionError):
    """What a question needs is still the `...` of the blank notebook; the message names it."""


class Blank:
    """Stands for an answer that is still blank: whatever a question does with it raises NotAttempted."""

    def __init__(self, name):
        self._name = name

    def _refuse(self, *args, **kwargs):
        raise NotAttempted(self._name)

    __bool__ = __call__ = __len__ = __iter__ = __getitem__ = __contains__ = __eq__ = __hash__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = _refuse
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rmatmul__ = __neg__ = __abs__ = _refuse
    __float__ = __int__ = __index__ = __getattr__ = _refuse

    def __deepcopy__(self, memo):
        return self


def need(condition, hint):
    """Raise NotYet with the text `hint`, which must not give the answer away, unless `condition` holds."""
    if not condition:
        raise NotYet(hint)


def given(*answers):
    """Are all of these answers there? What a question asks of several belongs under `if given(a, b):`."""
    there = [answer for answer in answers if not isinstance(answer, Blank)]
    _unjudged.extend(there if len(there) < len(answers) else [])
    return len(there) == len(answers)


def attempt(function):
    """What a call returns, or the exception it raises (but NotAttempted passes through)."""
    try:
        return function()
    except NotAttempted:
        raise
    except Exception as error:
        return error


def told(error):
    """An exception in one line, of a long text its two ends: "ValueError: Input X contains NaN." """
    text = " ".join(str(error).split())
    text = text if len(text) <= 200 else f"{text[:100]} … {text[-97:]}"
    return f"{type(error).__name__}: {text}".removesuffix(": ")


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
    say_so = functools.partial(print, f"… {label}: still checking", file=sys.stdout, flush=True)
    patience = threading.Timer(PATIENCE, say_so)
    patience.daemon = True
    patience.start()
    try:
        state = _ask(asked, answers)
        verdict = f"· {label}: {state}" if state else f"✓ {label}: passed"
    except NotYet as wrong:
        state = verdict = f"✗ {label}: not yet. {wrong}"
    except (Exception, SystemExit) as crash:
        state = verdict = f"✗ {label}: not yet. Your answer raised {told(crash)}"
    finally:
        patience.cancel()
    if state and os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(verdict)
    print(verdict)


def _ask(asked, answers):
    """Ask quietly, on copies; returns which answers are right and which are to do, "" if all are right."""
    parameters = list(inspect.signature(asked).parameters)
    names = [parameter.removeprefix("given_") for parameter in parameters]
    from_given_cells = set(names) - set(parameters)  # handed over beside the answers, and none of them
    need(len(answers) == len(names), f"The check takes {', '.join(names)}: restore the check cell.")
    answers = [_with_blanks(answer, name) for name, answer in zip(names, answers, strict=True)]
    own = [i for i, name in enumerate(names) if name not in from_given_cells]
    while not all(isinstance(answers[i], Blank) for i in own):
        copies = [_guarded(_copied(answer), name) for name, answer in zip(names, answers, strict=True)]
        _unjudged.clear()
        silent = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
        with warnings.catch_warnings(), silent[0], silent[1]:
            warnings.simplefilter("ignore")
            try:
                asked(*copies)
                return _progress(names, copies, from_given_cells)
            except NotAttempted as blank:
                name = str(blank)
        if name not in names or isinstance(answers[names.index(name)], Blank):
            return f"{name} is still to do."
        answers[names.index(name)] = Blank(name)  # a function that returns `...`: what of the others?
    return "not attempted"


def _with_blanks(answer, name):
    """The answer with a Blank in place of each `...`, also inside a dictionary, list or tuple."""
    if answer is ... or answer is None:
        return Blank(name)
    if type(answer) not in (dict, list, tuple) or not answer:
        return answer
    places = answer.items() if isinstance(answer, dict) else enumerate(answer)
    inside = {k: Blank(f"{name}[{k!r}]") if part is ... else part for k, part in places}
    if all(isinstance(part, Blank) for part in inside.values()):
        return Blank(name)
    return inside if isinstance(answer, dict) else type(answer)(inside.values())


def _copied(answer):
    """A copy, so that a check changes nothing of the learner's; what cannot be copied comes as it is."""
    try:
        return copy.deepcopy(answer)
    except Exception:
        return answer


def _guarded(answer, name):
    """A learner's function that counts as blank while it returns `...`; any other answer as it is."""
    if not isinstance(answer, types.FunctionType):
        return answer

    @functools.wraps(answer)
    def call(*args, **kwargs):
        result = answer(*args, **kwargs)
        if result is ... or isinstance(result, tuple) and any(part is ... for part in result):
            raise NotAttempted(name)
        return result

    return call


def _progress(names, answers, from_given_cells):
    """What a question that raised nothing has found: "" or "a and b are right; c is still to do."."""
    said = {"right": [], "there": [], "still to do": []}
    for name, part in [part for pair in zip(names, answers, strict=True) for part in _parts(*pair)]:
        if name in from_given_cells and not isinstance(part, Blank):
            continue
        doubt = any(part is answer for answer in _unjudged)
        said["still to do" if isinstance(part, Blank) else "there" if doubt else "right"].append(name)
    sentences = [
        f"{' and '.join(s)} {'are' if len(s) > 1 else 'is'} {state}" for state, s in said.items() if s
    ]
    return "; ".join(sentences) + "." if said["still to do"] else ""


def _parts(name, answer):
    """(name, answer), or one such pair for each place of a container in which something is blank."""
    inside = answer if isinstance(answer, dict) else {}
    if type(answer) in (list, tuple):
        inside = dict(enumerate(answer))
    if any(isinstance(part, Blank) for part in inside.values()):
        return [(f"{name}[{key!r}]", part) for key, part in inside.items()]
    return [(name, answer)]
