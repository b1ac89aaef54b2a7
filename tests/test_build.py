"""The build: one way, the same bytes each time, executing only what changed; adopt: back, losing nothing."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import adopt, build  # noqa: E402
from tools.cells import SourceError, without_hidden, without_solutions, without_stubs  # noqa: E402
from tools.sources import read_course  # noqa: E402

LESSON = """\
# %% [markdown]
# # 3 · Splitting
# Would you ship it?

# %% [markdown]
# You will be able to split.
#
# **Builds on:** 2.

# %%
import random
print(random.random())

# %% [markdown]
# What follows is the same cell twice.

# %%
print("twice")

# %%
print("twice")

# %% fold="Draw nothing in particular"
lines = 3 * ["a line that is not counted"]
"""
EXERCISE = """\
# %% [markdown]
# # 3 · Exercises: splitting

# %%
numbers = [3, 4, 5]


class Check:
    def __getattr__(self, name):
        return lambda *answers: print(name, answers)


check = Check()

# %% [markdown]
# ## Question 1
# Add them.

# %% answer="q1"
# Think first.
total = ...
### BEGIN SOLUTION
total = sum(numbers)
### END SOLUTION

# %% check="q1" points=2 minutes=20
check.q1(total)
### BEGIN HIDDEN TESTS
assert total == 12
### END HIDDEN TESTS

# %% [markdown] tags=["solution"]
# `sum` adds a list.

# %% answer="q2"
def double(x):
    ### BEGIN SOLUTION
    twice = x + x
    return twice
    ### END SOLUTION
    return ...

# %% check="q2" points=1 minutes=15
check.q2(double(2))
"""
PROJECT = '[project.urls]\nRepository = "https://github.com/someone/course"\n'
README = f"# Course\n\n{build.TABLE[0]}\nold\n{build.TABLE[1]}\n\nThe rest.\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small repository, built once."""
    root = tmp_path_factory.mktemp("built")
    for path, text in {
        "pyproject.toml": PROJECT,
        "README.md": README,
        "sources/chapters/03_splitting.py": LESSON,
        "sources/exercises/03_splitting.py": EXERCISE,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    build.build(root, [])
    return root


@pytest.fixture
def root(built, tmp_path):
    """A copy of the small built repository to break."""
    for path in built.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(built)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture
def executed(monkeypatch):
    """Replace the execution of notebooks; gives the list of those that would have run."""
    names = []

    def pretend(notebook, path, root):
        names.append(f"{path.parent.name}/{path.name}")
        for number, cell in enumerate(build.code_cells(notebook), 1):
            cell.execution_count = number

    monkeypatch.setattr(build, "execute", pretend)
    return names


def source(root, kind="chapters"):
    return root / "sources" / kind / "03_splitting.py"


def notebook(root, folder):
    return root / folder / "03_splitting.ipynb"


def edit(path, old, new, count=1):
    """Replace text in a file that holds it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, count).encode())


def edit_cell(path, old, new):
    """Replace text in a notebook's cells as an editor would: ids stay."""
    nb = nbformat.read(path, as_version=4)
    cell = next(cell for cell in nb.cells if old in cell.source)
    cell.source = cell.source.replace(old, new)
    nbformat.write(nb, path)


def texts(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def files(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


# --- building -------------------------------------------------------------------------------------


def test_building_again_changes_no_byte_and_runs_nothing(root, executed):
    before = files(root)
    assert build.build(root, []) == []
    assert executed == []
    assert files(root) == before


def test_executing_again_gives_the_same_bytes(root):
    edit(source(root), "print(random.random())", "print(random.Random(0).random())")
    build.build(root, [])
    before = files(root)
    assert build.build(root, [], force=True) == []
    assert files(root) == before


def test_notebooks_are_minimal(built):
    nb = json.loads(notebook(built, "chapters").read_text(encoding="utf-8"))
    assert nb["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert [cell["execution_count"] for cell in nb["cells"] if cell["cell_type"] == "code"] == [1, 2, 3, 4, 5]
    assert len({cell["id"] for cell in nb["cells"]}) == len(nb["cells"])
    assert b"\r" not in notebook(built, "chapters").read_bytes()


def test_a_checks_word_that_it_is_at_work_is_not_stored(root):
    edit(source(root), 'print("twice")', 'print("… Q5: still checking\\n✓ Q5: passed")')
    build.build(root, ["03"])
    stored = notebook(root, "chapters").read_text(encoding="utf-8")
    outputs = [cell["outputs"] for cell in json.loads(stored)["cells"] if cell["cell_type"] == "code"]
    assert outputs[2][0]["text"] == ["✓ Q5: passed\n"]


def test_text_changes_keep_outputs(root, executed):
    output = json.loads(notebook(root, "chapters").read_text(encoding="utf-8"))["cells"][3]["outputs"]
    edit(source(root), "Would you ship it?", "Would you dare?")
    build.build(root, [])
    assert executed == []
    cells = json.loads(notebook(root, "chapters").read_text(encoding="utf-8"))["cells"]
    assert "Would you dare?" in cells[0]["source"][1]
    assert cells[3]["outputs"] == output


def test_only_what_changed_is_executed(root, executed):
    edit(source(root, "exercises"), "sum(numbers)", "sum(numbers[:])")
    build.build(root, [])
    assert executed == ["solutions/03_splitting.ipynb"]
    build.build(root, ["03"], force=True)
    assert executed[1:] == ["chapters/03_splitting.ipynb", "solutions/03_splitting.ipynb"]


def test_a_failing_cell_is_named_and_nothing_is_written(root):
    edit(source(root), "print(random.random())", "1 / 0")
    before = notebook(root, "chapters").read_bytes()
    with pytest.raises(SourceError, match=r"chapters/03_splitting.ipynb, cell 4 .*ZeroDivisionError"):
        build.build(root, ["03"])
    assert notebook(root, "chapters").read_bytes() == before


def test_a_solution_that_a_check_refuses_is_named(root, capsys):
    edit(source(root, "exercises"), "print(name, answers)", 'print(f"✗ {name.upper()}: not yet.")')
    assert build.main(["03"], root) == 0
    said = capsys.readouterr().out
    assert "solutions/03_splitting.ipynb, cell 6: ✗ Q1: not yet.\n" in said and said.count("✗") == 2


def test_what_was_written_before_a_failure_is_listed(root, executed, capsys):
    edit(source(root), "Would you ship it?", "Would you dare?")
    edit_cell(notebook(root, "exercises"), "Add them.", "Add all.")
    assert build.main(["03"], root) == 1
    said = capsys.readouterr()
    assert said.out == "wrote chapters/03_splitting.ipynb\n"
    assert "exercises/03_splitting.ipynb, cell 4 was edited" in said.err


def test_exercise_and_solution_show_what_they_should(built):
    exercise, solution = texts(notebook(built, "exercises")), texts(notebook(built, "solutions"))
    assert "# Think first.\ntotal = ...\n# YOUR CODE HERE" in exercise
    assert "def double(x):\n    # YOUR CODE HERE\n    return ..." in exercise
    assert "# Think first.\ntotal = sum(numbers)" in solution
    assert "def double(x):\n    twice = x + x\n    return twice" in solution
    assert "check.q1(total)" in exercise and "check.q1(total)" in solution
    assert "`sum` adds a list." in solution and "`sum` adds a list." not in exercise
    assert exercise[0].startswith("# 3 · Exercises: splitting")
    assert solution[0].startswith("# 3 · Solutions: splitting")


def test_a_folded_cell_arrives_closed_with_its_title(built):
    cell = nbformat.read(notebook(built, "chapters"), as_version=4).cells[-1]
    assert cell.source.startswith("# @title Draw nothing in particular\nlines = 3")
    assert cell.metadata.jupyter.source_hidden is True
    assert cell.metadata.cellView == "form" and cell.metadata.tags == ["hide-input"]


def test_times_are_computed(root, executed):
    titles = [texts(notebook(root, folder))[0] for folder in ("chapters", "exercises", "solutions")]
    time = "\n\n**Time:** 15 minutes for the lesson, 35 for the exercises\n\n"
    assert all(time in title for title in titles)
    # 1,000 words are ten minutes and 25 lines five; a folded line, a tag and a link's target are none.
    words = "# word [word](and/a/target.md)\n# <summary>word word</summary> word\n" * 200
    edit(source(root), "# Would you ship it?\n", words)
    edit(source(root), "lines = 3", "".join(f"x{number} = 1\n" for number in range(99)) + "lines = 3")
    build.build(root, [])
    assert "**Time:** 15 minutes for the lesson, " in texts(notebook(root, "chapters"))[0]
    edit(source(root), "import random\n", "import random\n" + "import random\n\n" * 25)
    build.build(root, [])
    assert "**Time:** 30 minutes for the lesson, " in texts(notebook(root, "chapters"))[0]


def test_exercises_carry_nbgrader_metadata(built):
    cells = nbformat.read(notebook(built, "exercises"), as_version=4).cells
    roles = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata]
    assert [role.grade_id for role in roles][1:] == ["q1-answer", "q1", "q2-answer", "q2"]
    assert [role.get("points") for role in roles if role.grade] == [2, 1]
    assert [role.locked for role in roles] == [True, False, True, False, True]
    for folder in ("chapters", "solutions"):
        assert "nbgrader" not in notebook(built, folder).read_text(encoding="utf-8")


def test_links_and_badges(root, executed):
    text = LESSON.replace("# 3 ·", "# 4 ·")
    (root / "sources/chapters/04_next.py").write_text(text, encoding="utf-8")
    build.build(root, [])
    title = texts(notebook(root, "chapters"))[0]
    assert "mybinder.org/v2/gh/someone/course/HEAD?urlpath=lab/tree/chapters/03_splitting.ipynb" in title
    assert "colab.research.google.com/github/someone/course/blob/main/chapters/03_splitting.ipynb" in title
    assert "[Exercises](../exercises/03_splitting.ipynb)" in title
    assert "[4 →](04_next.ipynb)" in title and "←" not in title
    assert "git+https://github.com/someone/course" in texts(notebook(root, "chapters"))[2]
    following = texts(root / "chapters/04_next.ipynb")[0]
    assert "[← 3](03_splitting.ipynb)" in following and "Exercises" not in following


def test_readme_table(built):
    text = (built / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Course\n") and text.endswith("The rest.\n") and "old" not in text
    row = next(line for line in text.split("\n") if line.startswith("| [3"))
    assert "[3 · Splitting](chapters/03_splitting.ipynb)" in row
    assert "[solutions](solutions/03_splitting.ipynb)" in row
    assert "| 15\u00a0+\u00a035 |" in row


# --- build --check --------------------------------------------------------------------------------


def break_text(root):
    edit_cell(notebook(root, "chapters"), "Would you", "Would they")


def break_source(root):
    edit(source(root), "ship", "dare to ship")


def break_missing(root):
    notebook(root, "solutions").unlink()


def break_unreadable(root):
    notebook(root, "chapters").write_text("{", encoding="utf-8")


def break_extra(root):
    (root / "chapters/07_mine.ipynb").write_bytes(notebook(root, "chapters").read_bytes())


def break_metadata(root):
    edit(notebook(root, "exercises"), '"points": 2', '"points": 5')


def break_executed_exercise(root):
    edit(notebook(root, "exercises"), '"execution_count": null', '"execution_count": 1')


def break_not_executed(root):
    edit(notebook(root, "chapters"), '"execution_count": 2', '"execution_count": null')


def break_readme(root):
    edit(root / "README.md", "| 15\u00a0+\u00a035 |", "| 2\u00a0+\u00a035 |")


@pytest.mark.parametrize(
    ("breakage", "message"),
    [
        (break_text, "chapters/03_splitting.ipynb is not what sources/chapters/03_splitting.py gives"),
        (break_source, "run: python course.py build 03"),
        (break_missing, "solutions/03_splitting.ipynb is missing"),
        (break_unreadable, "chapters/03_splitting.ipynb is not a readable notebook"),
        (break_extra, "chapters/07_mine.ipynb has no source"),
        (break_metadata, "exercises/03_splitting.ipynb is not what sources/exercises/03_splitting.py gives"),
        (break_executed_exercise, "exercises/03_splitting.ipynb has outputs"),
        (break_not_executed, "chapters/03_splitting.ipynb has not been executed"),
        (break_readme, "README.md has an old chapter table"),
    ],
)
def test_check_notices(root, breakage, message, capsys):
    assert build.main(["--check"], root) == 0
    breakage(root)
    before = files(root)
    capsys.readouterr()
    assert build.main(["--check"], root) == 1
    output = capsys.readouterr().out
    assert message in output and output.count("\n") == 1
    assert files(root) == before


def test_build_repairs_what_check_notices(root, executed):
    for breakage in (break_source, break_missing, break_metadata, break_executed_exercise, break_readme):
        breakage(root)
    build.build(root, [])
    assert build.check(root, []) == []


def test_build_does_not_overwrite_edits(root, executed):
    break_text(root)
    before = files(root)
    with pytest.raises(SourceError, match="chapters/03_splitting.ipynb, cell 1 was edited in the notebook"):
        build.build(root, [])
    assert files(root) == before
    build.build(root, [], force=True)
    assert build.check(root, []) == []


# --- mistakes in sources --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        ("chapters", "# # 3 · Splitting", "# Splitting", "cell 1: start with a markdown cell"),
        ("chapters", "# %%\nimport", '# %% answer="q1"\nimport', "cell 3: answers and checks belong in"),
        ("chapters", "# %%\nimport", '# %% tags=["slow"]\nimport', "cell 3: unknown tag 'slow'"),
        ("chapters", "# %%\nimport", "# %% secret=1\nimport", "cell 3: unknown setting 'secret'"),
        ("chapters", "# %%\nimport", "# %%\n\n# %%\nimport", "cell 3: the cell is empty"),
        ("exercises", "· Exercises", "· Tasks", "cell 1: the title of an exercise"),
        (
            "exercises",
            "total = sum(numbers)\n### END SOLUTION",
            "total = 12",
            "cell 4: write SOLUTION markers",
        ),
        ("exercises", "### BEGIN SOLUTION\n", "", "cell 4: write SOLUTION markers in pairs"),
        ("exercises", "### END HIDDEN TESTS", "", "cell 5: write HIDDEN TESTS markers in pairs"),
        ("exercises", ' check="q1" points=2 minutes=20', "", "cell 4: the answer 'q1' has no check cell"),
        ("exercises", ' answer="q2"', "", "cell 8: the check 'q2' has no answer cell"),
        ("exercises", 'check="q2"', 'check="q1"', "stands already in cell 5"),
        ("exercises", 'answer="q2"', 'answer="q1"', "cell 7: answer='q1' stands already in cell 4"),
        ("exercises", "check.q2(double(2))", "check.q1(2)", "cell 8: the check cell does not call check.q2"),
        ("exercises", " points=1", "", "cell 8: give the check its points"),
        ("exercises", " minutes=15", " minutes=1.5", "cell 8: give the check its minutes, a whole number"),
        ("exercises", " minutes=15", "", "cell 8: give the check its minutes"),
        ("exercises", 'answer="q2"', 'answer="q2" minutes=5', "cell 7: only a check has minutes"),
        ("exercises", 'answer="q2"', 'answer="q2" fold="Double"', "cell 7: only given code can be folded"),
        ("chapters", 'fold="Draw nothing in particular"', 'fold=" "', "cell 7: say in up to 80 characters"),
        ("chapters", "# **Builds on:**", "# **Time:** 20 minutes. **Builds on:**", "cell 2: take the line"),
        ("exercises", "    return ...\n", "", "cell 7: the exercise made from it is not Python"),
        (
            "exercises",
            "    ### BEGIN",
            "    return ...\n    ### BEGIN",
            "cell 7: put the stub 'return ...' after",
        ),
    ],
)
def test_mistakes_in_sources_are_named(root, kind, old, new, message):
    edit(source(root, kind), old, new)
    with pytest.raises(SourceError) as error:
        build.check(root, [])
    assert message in str(error.value)
    assert f"sources/{kind}/03_splitting.py" in str(error.value)


def test_unknown_chapter_is_named(root, capsys):
    assert build.main(["12"], root) == 1
    assert "no chapter '12' in sources/; there are: 03_splitting." in capsys.readouterr().err


@pytest.mark.parametrize(("chapter", "meant"), [("3", "03"), ("03_spliting", "03_splitting")])
def test_a_chapter_that_is_nearly_one_is_guessed(root, capsys, chapter, meant):
    for command in ([chapter], ["adopt", chapter]):
        assert build.main(command, root) == 1
        assert f"no chapter '{chapter}' in sources/; did you mean {meant}?" in capsys.readouterr().err


def test_stubs_of_every_form():
    answer = (
        "a: int = ...\nb, c = ..., ...  # two\n### BEGIN SOLUTION\na, b, c = 1, 2, 3\n### END SOLUTION\nd = 4"
    )
    assert without_solutions(answer) == "a: int = ...\nb, c = ..., ...  # two\n# YOUR CODE HERE\nd = 4"
    assert without_stubs(answer) == "a, b, c = 1, 2, 3\nd = 4"
    assert without_hidden("check.q1(a)") == "check.q1(a)"


# --- adopt ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "old", "new", "in_source"),
    [
        ("chapters", "Would you ship it?", "Would you?\n\n- yes\n- no", "# Would you?\n#\n# - yes\n# - no\n"),
        (
            "chapters",
            "print(random.random())",
            "print(random.choice([1, 2]))",
            "print(random.choice([1, 2]))",
        ),
        ("exercises", "Add them.", "Add all of them.", "# Add all of them.\n"),
        (
            "exercises",
            "# Think first.",
            "# Think twice.",
            "# Think twice.\ntotal = ...\n### BEGIN SOLUTION\n",
        ),
        ("exercises", "[3, 4, 5]", "[5, 4, 3]", "numbers = [5, 4, 3]"),
        ("solutions", "`sum` adds", "`sum()` adds", "# `sum()` adds"),
        (
            "solutions",
            "sum(numbers)",
            "int(sum(numbers))",
            "### BEGIN SOLUTION\ntotal = int(sum(numbers))\n### END",
        ),
        ("solutions", "    twice = x + x\n", "", "    ### BEGIN SOLUTION\n    return twice\n    ### END"),
        (
            "solutions",
            "x + x\n",
            "x + x\n    # why\n",
            "    twice = x + x\n    # why\n    return twice\n    ###",
        ),
        ("solutions", "def double(x):", "def double(x):\n    y = x", "    ### BEGIN SOLUTION\n    y = x\n"),
        (
            "solutions",
            "check.q1(total)",
            "check.q1(total)  # sum",
            "check.q1(total)  # sum\n### BEGIN HIDDEN",
        ),
        ("solutions", "· Solutions: splitting", "· Solutions: parts", "# # 3 · Exercises: parts\n"),
        ("chapters", "lines = 3", "lines = 4", 'in particular"\nlines = 4 *'),
    ],
)
def test_adopt_takes_an_edit_back(root, executed, folder, old, new, in_source):
    edit_cell(notebook(root, folder), old, new)
    edited = texts(notebook(root, folder))
    kind = "chapters" if folder == "chapters" else "exercises"
    assert adopt.adopt(root, "03") == [source(root, kind)]
    assert in_source in source(root, kind).read_text(encoding="utf-8")
    build.build(root, [])
    assert texts(notebook(root, folder)) == edited
    assert build.check(root, []) == []


def test_adopt_of_both_with_another_time(root, executed):
    """So many words more change the lesson's time, which stands in all three titles."""
    edit_cell(notebook(root, "chapters"), "Would you ship it?", "word " * 2000)
    edit_cell(notebook(root, "exercises"), "Add them.", "Add all.")
    assert adopt.adopt(root, "03") == [source(root), source(root, "exercises")]
    build.build(root, [])
    assert "**Time:** 30 minutes for the lesson, " in texts(notebook(root, "solutions"))[0]


def test_adopt_changes_no_other_line(root):
    edit_cell(notebook(root, "exercises"), "Add them.", "Add all of them.")
    adopt.adopt(root, "03")
    assert source(root, "exercises").read_text(encoding="utf-8") == EXERCISE.replace(
        "Add them.", "Add all of them."
    )


@pytest.mark.parametrize("folder", ["chapters", "exercises", "solutions"])
def test_adopt_takes_new_cells_back(root, executed, folder):
    nb = nbformat.read(notebook(root, folder), as_version=4)
    nb.cells.insert(4, nbformat.v4.new_markdown_cell("New text.\n\nMore."))
    nb.cells.append(nbformat.v4.new_code_cell("print('new')"))
    nb.cells.append(nbformat.v4.new_code_cell(""))
    nbformat.write(nb, notebook(root, folder))
    edited = [text for text in texts(notebook(root, folder)) if text]
    adopt.adopt(root, "03")
    build.build(root, [])
    assert texts(notebook(root, folder)) == edited
    if folder == "solutions":  # what is added to a solution does not leak into the exercise
        assert "New text" not in notebook(root, "exercises").read_text(encoding="utf-8")


def delete_cell(root):
    nb = nbformat.read(notebook(root, "chapters"), as_version=4)
    del nb.cells[4]
    nbformat.write(nb, notebook(root, "chapters"))


def move_cell(root):
    nb = nbformat.read(notebook(root, "chapters"), as_version=4)
    nb.cells[3], nb.cells[4] = nb.cells[4], nb.cells[3]
    nbformat.write(nb, notebook(root, "chapters"))


def change_both(root):
    edit_cell(notebook(root, "exercises"), "Add them.", "Add all.")
    edit_cell(notebook(root, "solutions"), "Add them.", "Add every one.")


def change_source_too(root):
    edit(source(root), "What follows is the", "Here follows the")
    edit_cell(notebook(root, "chapters"), "Would you", "Would they")


def lose_ids(root):
    nb = nbformat.read(notebook(root, "chapters"), as_version=4)
    nb.cells[0].source = nb.cells[0].source.replace("Would you", "Would they")
    for cell in nb.cells:
        del cell["id"]
    nb.nbformat_minor = 4
    nbformat.write(nb, notebook(root, "chapters"))


def edited(folder, old, new):
    """A breakage that edits one cell of one notebook."""
    return lambda root: edit_cell(notebook(root, folder), old, new)


REFUSALS = {
    "deleted": (delete_cell, "missing or out of order"),
    "moved": (move_cell, "missing or out of order"),
    "both": (change_both, "were both edited"),
    "source": (change_source_too, "its source has changed since"),
    "ids": (lose_ids, "has lost its cell ids"),
    "stub": (edited("exercises", "# YOUR CODE HERE", "total = 12"), "edit the answer in"),
    "badges": (edited("chapters", "someone", "me"), "written by the build"),
    "colab": (edited("chapters", "import sys", "import os"), "written by the build"),
    "marker": (edited("chapters", "import random", "# %% x\nimport random"), "does not fit the source"),
    "check": (edited("solutions", "check.q1(total)", "pass"), "does not call check.q1"),
    "unreadable": (break_unreadable, "cannot be read"),
}


@pytest.mark.parametrize(("breakage", "message"), REFUSALS.values(), ids=REFUSALS)
def test_adopt_refuses_and_changes_nothing(root, breakage, message):
    breakage(root)
    before = files(root)
    with pytest.raises(SourceError, match="Nothing was changed") as error:
        adopt.adopt(root, "03")
    assert message in str(error.value)
    assert files(root) == before


def test_adopt_with_nothing_to_adopt(root, capsys):
    assert build.main(["adopt", "03"], root) == 0
    assert "nothing to adopt" in capsys.readouterr().out


# --- this repository ------------------------------------------------------------------------------


def test_repository_is_built():
    assert build.check(ROOT, []) == []


def hidden_texts():
    """(name, text) of every line a learner must not find in an exercise."""
    found = []
    for name, exercise in read_course(ROOT).exercises.items():
        for cell in exercise.cells:
            if "solution" in cell.meta.get("tags", []):
                found.append((name, cell.text))
            given = without_hidden(without_solutions(cell.text)) if cell.kind == "code" else cell.text
            found += [(name, line) for line in cell.text.split("\n") if line.strip() and line not in given]
    return found


def test_exercises_leak_nothing():
    exercises = {
        path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "exercises").glob("*.ipynb"))
    }
    for name, nb in exercises.items():
        text = "\n".join(cell.source for cell in nb.cells)
        for marker in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS"):
            assert marker not in text, name
        assert not any(cell.get("outputs") for cell in nb.cells), name
    leaks = []
    for name, line in hidden_texts():
        lines = [given for cell in exercises[name].cells for given in cell.source.split("\n")]
        # Short lines (`return result`) may well stand in given code, too.
        if len(line.strip()) > 30 and (line in lines or "\n" in line and line in "\n".join(lines)):
            leaks.append(f"exercises/{name}.ipynb: {line.strip()[:80]}")
    assert leaks == []
