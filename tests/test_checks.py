"""The checks of every chapter accept right answers and reject wrong ones with a hint.

`tests/answers/chNN.py` holds for each question of `coursekit/checks/chNN.py`:

    RIGHT = {"q1": [("how it differs from the other right ones", (answer, …)), …]}          at least 1
    WRONG = {"q1": [("the mistake, as a learner would explain it", (answer, …)), …]}        at least 3

A tuple holds the arguments of `check.q1`; in its place may stand a function without arguments that makes it.
"""

import inspect
import re
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
    """Every question, each time with one of its answers, or one place in one of them, left blank."""
    return [
        pytest.param(chapter, name, place, blank, id=f"ch{chapter:02d}-{name}-argument{place + 1}-{word}")
        for chapter in CHAPTERS
        for name, entries in ANSWERS[chapter]["RIGHT"].items()
        for place, answer in enumerate(arguments(entries[0][1]))
        for word, blank in blanks_for(answer)
    ]


def blanks_for(answer):
    """(name, what to put in an answer's place): stubs, and copies of a container with one place blank."""
    found = [("stub", ...), ("None", None)]
    if isinstance(answer, types.FunctionType):
        found.append(("function", lambda *args, **kwargs: ...))
    if isinstance(answer, dict):
        found += [(f"place {key!r}", answer | {key: ...}) for key in answer]
    if isinstance(answer, tuple) and len(answer) < 9:
        found += [(f"place {i}", (*answer[:i], ..., *answer[i + 1 :])) for i in range(len(answer))]
    return found


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


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """No word about the time a check takes: that depends on the machine."""
    monkeypatch.setattr(coursekit.checking, "PATIENCE", 600)


@pytest.fixture
def under_nbgrader(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


def test_k_with_a_chapter_selects_all_its_tests(request):
    """As CONTRIBUTING.md says: -k ch13."""
    cases = [
        item.callspec for item in request.session.items if item.path == request.path and "[" in item.name
    ]
    assert [case.id for case in cases if f"ch{case.params['chapter']:02d}" not in case.id] == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: f"ch{chapter:02d}")
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
def test_wrong(chapter, name, made, capsys, monkeypatch):
    """A hint for the learner, and under nbgrader the same words and no points."""
    monkeypatch.setattr(coursekit.checking, "_ask", once(coursekit.checking._ask))
    answers = arguments(made)
    verdict = ask(chapter, name, answers, capsys)
    start, hint = f"✗ {name.upper()}: not yet.", verdict.partition("not yet.")[2]
    assert verdict.startswith(start)
    assert len(hint.split()) >= 4 and "Your answer raised" not in hint, f"no helpful hint: {verdict}"
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError) as raised:
        getattr(coursekit.checks(chapter), name)(*answers)
    assert str(raised.value) == verdict


def once(judge):
    """The function, which works at its first call and tells the same again later: that halves the time."""
    outcomes = []

    def judge_once(*inputs):
        if not outcomes:
            try:
                outcomes.append((judge(*inputs), None))
            except coursekit.checking.NotYet as error:
                outcomes.append(("", error))
        state, error = outcomes[0]
        if error:
            raise error
        return state

    return judge_once


@pytest.mark.parametrize("chapter, name, place, blank", blanks())
def test_blank(chapter, name, place, blank, capsys):
    """With one answer blank the check says so, and of each other one whether it is right, or only there."""
    answers = with_blank(chapter, name, place, blank)
    label, verdict = name.upper(), ask(chapter, name, answers, capsys)
    parameters = list(inspect.signature(coursekit.checks(chapter)._questions[name]).parameters)
    of_the_learner = [parameter for parameter in parameters if not parameter.startswith("given_")]
    if verdict == f"· {label}: not attempted":
        assert len(of_the_learner) == 1
        return
    assert re.fullmatch(rf"· {label}: (.* (is|are) (right|there); )*.* (is|are) still to do\.", verdict)
    assert [other for other in of_the_learner if not re.search(rf"\b{other}\b", verdict)] == []
    blank_one = parameters[place].removeprefix("given_")
    assert re.search(rf"\b{blank_one}\b[^;]* (is|are) still to do\.", verdict)


@pytest.mark.parametrize("chapter, name, made", cases("RIGHT"))
def test_right_earns_its_points(chapter, name, made, capsys, under_nbgrader):
    ask(chapter, name, arguments(made), capsys)


@pytest.mark.parametrize("chapter, name, place, blank", blanks())
def test_blank_earns_nothing(chapter, name, place, blank, under_nbgrader):
    with pytest.raises(AssertionError, match=f"· {name.upper()}: (not attempted|.* still to do)"):
        getattr(coursekit.checks(chapter), name)(*with_blank(chapter, name, place, blank))
