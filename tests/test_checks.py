"""The checks of every chapter accept right answers and reject wrong ones with a hint.

`tests/answers/chNN.py` holds for each question of `coursekit/checks/chNN.py`:

    RIGHT = {"q1": [("how it differs from the other right ones", (answer, …)), …]}          at least 1
    WRONG = {"q1": [("the mistake, as a learner would explain it", (answer, …)), …]}        at least 3

A tuple holds the arguments of `check.q1`; in its place may stand a function without arguments that makes it.
"""

import runpy
import types

import pytest

import coursekit
from tests.reading import ROOT

CHAPTERS = sorted(
    int(path.stem.removeprefix("ch")) for path in (ROOT / "coursekit" / "checks").glob("ch*.py")
)


def answers_of(chapter):
    """The RIGHT and WRONG of one chapter; both empty while the file is missing."""
    path = ROOT / "tests" / "answers" / f"ch{chapter:02d}.py"
    return runpy.run_path(str(path)) if path.exists() else {"RIGHT": {}, "WRONG": {}}


ANSWERS = {chapter: answers_of(chapter) for chapter in CHAPTERS}


def cases(kind):
    """Every answer of one kind as a test case: chapter, question, arguments."""
    return [
        pytest.param(chapter, name, made, id=f"ch{chapter:02d}-{name}-{number}: {reason}")
        for chapter in CHAPTERS
        for name, entries in ANSWERS[chapter][kind].items()
        for number, (reason, made) in enumerate(entries, 1)
    ]


def blanks():
    """Every question, each time with one of its arguments left blank."""
    return [
        pytest.param(chapter, name, place, blank, id=f"ch{chapter:02d}-{name}-argument{place + 1}-{word}")
        for chapter in CHAPTERS
        for name, entries in ANSWERS[chapter]["RIGHT"].items()
        for place, answer in enumerate(arguments(entries[0][1]))
        for word, blank in [("stub", ...), ("None", None), ("function", lambda *args, **kwargs: ...)]
        if word != "function" or isinstance(answer, types.FunctionType)
    ]


def arguments(made):
    return made() if callable(made) else made


def with_blank(chapter, name, place, blank):
    answers = list(arguments(ANSWERS[chapter]["RIGHT"][name][0][1]))
    return [*answers[:place], blank, *answers[place + 1 :]]


def ask(chapter, name, answers, capsys):
    """What the check prints: exactly one line, and nothing to stderr."""
    capsys.readouterr()
    getattr(coursekit.checks(chapter), name)(*answers)
    said = capsys.readouterr()
    assert said.err == "" and said.out.count("\n") == 1, said
    return said.out.rstrip("\n")


@pytest.fixture
def under_nbgrader(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_question_has_answers(chapter):
    questions = set(dir(coursekit.checks(chapter)))
    right, wrong = ANSWERS[chapter]["RIGHT"], ANSWERS[chapter]["WRONG"]
    assert set(right) == set(wrong) == questions, f"write tests/answers/ch{chapter:02d}.py for every question"
    assert [name for name in questions if len(right[name]) < 1] == []
    assert [name for name in questions if len(wrong[name]) < 3] == []


@pytest.mark.parametrize("chapter, name, made", cases("RIGHT"))
def test_right(chapter, name, made, capsys):
    assert ask(chapter, name, arguments(made), capsys) == f"✓ {name.upper()}: passed"


@pytest.mark.parametrize("chapter, name, made", cases("WRONG"))
def test_wrong(chapter, name, made, capsys):
    verdict = ask(chapter, name, arguments(made), capsys)
    start, hint = f"✗ {name.upper()}: not yet.", verdict.partition("not yet.")[2]
    assert verdict.startswith(start)
    assert len(hint.split()) >= 4 and "Your answer raised" not in hint, f"no helpful hint: {verdict}"


@pytest.mark.parametrize("chapter, name, place, blank", blanks())
def test_blank(chapter, name, place, blank, capsys):
    verdict = ask(chapter, name, with_blank(chapter, name, place, blank), capsys)
    assert verdict == f"· {name.upper()}: not attempted"


@pytest.mark.parametrize("chapter, name, made", cases("RIGHT"))
def test_right_earns_its_points(chapter, name, made, capsys, under_nbgrader):
    ask(chapter, name, arguments(made), capsys)


@pytest.mark.parametrize("chapter, name, made", cases("WRONG"))
def test_wrong_earns_nothing(chapter, name, made, under_nbgrader):
    with pytest.raises(AssertionError, match=f"✗ {name.upper()}: not yet"):
        getattr(coursekit.checks(chapter), name)(*arguments(made))


@pytest.mark.parametrize("chapter, name, place, blank", blanks())
def test_blank_earns_nothing(chapter, name, place, blank, under_nbgrader):
    with pytest.raises(AssertionError, match=f"· {name.upper()}: not attempted"):
        getattr(coursekit.checks(chapter), name)(*with_blank(chapter, name, place, blank))
