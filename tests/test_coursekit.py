"""coursekit loads data, shows pictures, checks answers; and works pip-installed, as on Colab."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from nbclient import NotebookClient

import coursekit
from coursekit import checking, loading
from tests.notebooks import offline_environment
from tests.reading import NOTEBOOKS, ROOT

MANIFEST = json.loads((ROOT / "data" / "MANIFEST.json").read_text("utf-8"))

# --- load -----------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A copy of data/ to damage; `load` reads it."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setattr(loading, "_HOMES", [tmp_path / "data"])
    return tmp_path / "data"


@pytest.mark.parametrize("name", [name for name in MANIFEST if "rows" in MANIFEST[name]])
def test_load_table(name):
    assert coursekit.load(name).shape == (MANIFEST[name]["rows"], MANIFEST[name]["columns"])


def test_load_arrays():
    arrays = coursekit.load("fashion")
    assert {key: list(arrays[key].shape) for key in arrays} == MANIFEST["fashion"]["arrays"]


def test_load_folder():
    files = coursekit.load("raw_mails")
    assert list(files) == sorted(MANIFEST["raw_mails"]["files"])
    assert all(isinstance(content, bytes) and content for content in files.values())


@pytest.mark.parametrize(
    "wrong, near", [("mail", "'mails'"), ("raw-mails", "'raw_mails'"), ("Penguin", "'penguins'")]
)
def test_an_unknown_name_gets_the_nearest(wrong, near):
    with pytest.raises(ValueError) as error:
        coursekit.load(wrong)
    assert f"Did you mean {near}" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", ["xyzzy", 7, None])
def test_a_name_like_no_other_gets_the_list(wrong):
    with pytest.raises(
        ValueError, match=f"There is no data set called {wrong!r}.*{', '.join(sorted(MANIFEST))}"
    ):
        coursekit.load(wrong)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def alter(path):
    content = path.read_bytes()
    path.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, alter, empty])
@pytest.mark.parametrize("name", ["mails", "penguins", "raw_mails"])
def test_a_damaged_file_is_refused_by_name(data, name, damage):
    file = MANIFEST[name].get("file") or f"raw_mails/{sorted(MANIFEST[name]['files'])[3]}"
    damage(data / file)
    with pytest.raises(ValueError, match=f"The data file {file} is incomplete or was changed.*git checkout"):
        coursekit.load(name)


@pytest.mark.parametrize("name", ["mails", "raw_mails"])
def test_a_missing_file_is_named(data, name):
    file = MANIFEST[name].get("file") or f"raw_mails/{sorted(MANIFEST[name]['files'])[3]}"
    (data / file).unlink()
    with pytest.raises(FileNotFoundError, match=f"The data file {file} is missing"):
        coursekit.load(name)


def test_a_missing_data_folder_is_named(data):
    shutil.rmtree(data)
    with pytest.raises(FileNotFoundError, match="data folder is missing"):
        coursekit.load("mails")


# --- show -----------------------------------------------------------------------------------------

ALT = "A line that rises from 0 to 1, and two bars"


def drawing():
    fig, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1], [0, 1], label="line")
    left.scatter([0, 1, 2], [1, 2, 3], color="C1")
    left.set(title="Rises", xlim=(0, 2.0004))
    right.bar(["a", "b"], [1, 2])
    return fig


@pytest.fixture
def shown(monkeypatch):
    """Show a figure; gives what the notebook would store: the data and the metadata of the output."""
    said = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda *parts, **more: said.append(parts))

    def show(fig, alt=ALT):
        coursekit.show(fig, alt)
        return said.pop()

    return show


def test_show_displays_the_picture_and_its_description(shown):
    content, metadata = shown(drawing())
    assert base64.b64decode(content["image/png"]).startswith(b"\x89PNG")
    assert content["text/plain"] == ALT and metadata["image/png"]["alt"] == ALT


def test_show_notes_the_structure(shown):
    left, right = shown(drawing())[1]["picture"]
    assert (left["title"], left["lines"], left["points"], left["bars"]) == ("Rises", 1, 3, 0)
    assert left["limits"][:2] == [0, 2.0]
    assert left["colours"] == ["#0072b2", "#d55e00"]
    assert (right["lines"], right["bars"]) == (0, 2)


def test_show_closes_the_figure(shown):
    fig = drawing()
    shown(fig)
    assert fig.number not in plt.get_fignums()


def test_the_same_figure_gives_the_same_bytes(shown):
    assert shown(drawing()) == shown(drawing())


@pytest.mark.parametrize("alt", ["", "   ", "plot", "loss curve"])
def test_show_wants_a_description(shown, alt):
    fig = drawing()
    with pytest.raises(ValueError, match="Describe the picture in a sentence"):
        shown(fig, alt)
    plt.close(fig)


@pytest.mark.parametrize(
    "kind", ["heatmap", "histogram", "band", "coloured points", "line collection", "empty"]
)
def test_show_takes_every_kind_of_picture(shown, kind):
    fig, ax = plt.subplots()
    draw = {
        "heatmap": lambda: fig.colorbar(ax.pcolormesh(np.eye(3))),
        "histogram": lambda: ax.hist(np.arange(9), bins=3),
        "band": lambda: ax.fill_between([0, 1], [0, 1], [1, 2], alpha=0.3),
        "coloured points": lambda: ax.scatter([0, 1], [0, 1], c=[0.1, 0.9]),
        "line collection": lambda: ax.vlines([0, 1], 0, 1, color="C1"),
        "empty": lambda: ax.axis("off"),
    }
    draw[kind]()
    json.dumps(shown(fig)[1])  # can be stored in a notebook


# --- checks ---------------------------------------------------------------------------------------

QUESTIONS = """
import warnings
from coursekit.checking import attempt, given, need, question, told

def helper(x):
    return x

@question
def q1(w):
    warnings.warn("a check may warn")
    need(w[0] == 1, "Right numbers, wrong order: the intercept comes first.")

@question
def q2(double, number):
    need(double(number) == 2 * number, "It must double any number.")

@question
def q3(low, high):
    if given(low):
        need(low > 0, "Lower than nothing?")
    if given(high):
        need(isinstance(high, float), "A share has decimals.")

@question
def q4(names):
    for place, name in names.items():
        if given(name):
            need(name == place.upper(), f"Look at {place} again.")
            names[place] = "changed by the check"

@question
def q5(model, score):
    if given(score):
        need(score < 1, "Too good to be true.")
    if given(model, score):
        need(model(2) == score, "That is another model's score.")
    if given(model):
        error = attempt(lambda: model("text"))
        need(not isinstance(error, Exception), f"Texts should do as well: {told(error)}")

@question
def q6(gain, given_baseline):
    need(gain + given_baseline == 1, "The gain is what is missing to 1.")
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """The questions above as those of chapter 3."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "ch03.py").write_text(QUESTIONS)
    monkeypatch.setattr(checking, "__file__", str(tmp_path / "checking.py"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return coursekit.checks(3)


def raises_itself(x):
    raise ValueError("an own\nproblem")


def leaves(x):
    sys.exit("bye")


def prints(x):
    print("I was here")
    print("and here", file=sys.stderr)
    return 2 * x


def says_nothing_raises(x):
    raise RuntimeError


VERDICTS = {
    "right": ("q1", ([1, 2],), "✓ Q1: passed"),
    "stub": ("q1", (...,), "· Q1: not attempted"),
    "none": ("q1", (None,), "· Q1: not attempted"),
    "one of two": ("q2", (lambda x: 2 * x, ...), "· Q2: number is still to do."),
    "function stub": ("q2", (lambda x: ..., 3), "· Q2: double is still to do."),
    "function stubs": ("q2", (lambda x: (..., ...), ...), "· Q2: not attempted"),
    "first of two": ("q3", (1, ...), "· Q3: low is right; high is still to do."),
    "second of two": ("q3", (None, 0.5), "· Q3: high is right; low is still to do."),
    "first wrong": ("q3", (-1, ...), "✗ Q3: not yet. Lower than nothing?"),
    "second wrong": ("q3", (..., 1), "✗ Q3: not yet. A share has decimals."),
    "none of two": ("q3", (..., None), "· Q3: not attempted"),
    "in a dictionary": (
        "q4",
        ({"a": "A", "b": ..., "c": ..., "d": "D"},),
        "· Q4: names['a'] and names['d'] are right; names['b'] and names['c'] are still to do.",
    ),
    "a list inside": ("q4", ({"a": ["A"], "b": ...},), "✗ Q4: not yet. Look at a again."),
    "a blank dictionary": ("q4", ({"a": ..., "b": ...},), "· Q4: not attempted"),
    "in a list": ("q1", ([1, ...],), "· Q1: w[0] is right; w[1] is still to do."),
    "in a tuple": (
        "q1",
        ((2, ...),),
        "✗ Q1: not yet. Right numbers, wrong order: the intercept comes first.",
    ),
    "given, and blank": ("q6", (..., 0.5), "· Q6: not attempted"),
    "given, and right": ("q6", (0.5, 0.5), "✓ Q6: passed"),
    "given, and wrong": ("q6", (0.4, 0.5), "✗ Q6: not yet. The gain is what is missing to 1."),
    "given cell broken": ("q6", (0.5, ...), "· Q6: baseline is still to do."),
    "judged together": ("q5", (..., 0.5), "· Q5: score is there; model is still to do."),
    "a function judged together": ("q5", (lambda x: x, ...), "· Q5: model is there; score is still to do."),
    "stub, and the other wrong": ("q5", (lambda x: ..., 1), "✗ Q5: not yet. Too good to be true."),
    "an error told": (
        "q5",
        (lambda x: x / 4, 0.5),
        "✗ Q5: not yet. Texts should do as well: "
        "TypeError: unsupported operand type(s) for /: 'str' and 'int'",
    ),
    "wrong": ("q1", ([2, 1],), "✗ Q1: not yet. Right numbers, wrong order: the intercept comes first."),
    "wrong type": (
        "q1",
        (7,),
        "✗ Q1: not yet. Your answer raised TypeError: 'int' object is not subscriptable",
    ),
    "wrong shape": ("q1", ([],), "✗ Q1: not yet. Your answer raised IndexError: list index out of range"),
    "own exception": (
        "q2",
        (raises_itself, 3),
        "✗ Q2: not yet. Your answer raised ValueError: an own problem",
    ),
    "silent exception": ("q2", (says_nothing_raises, 3), "✗ Q2: not yet. Your answer raised RuntimeError"),
    "exit": ("q2", (leaves, 3), "✗ Q2: not yet. Your answer raised SystemExit: bye"),
    "printing": ("q2", (prints, 3), "✓ Q2: passed"),
    "function not called": (
        "q2",
        (2, 3),
        "✗ Q2: not yet. Your answer raised TypeError: 'int' object is not callable",
    ),
    "too few arguments": (
        "q2",
        (prints,),
        "✗ Q2: not yet. The check takes double, number: restore the check cell.",
    ),
    "too many": ("q1", ([1], 2), "✗ Q1: not yet. The check takes w: restore the check cell."),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_verdict(check, case, capsys):
    name, answers, verdict = VERDICTS[case]
    getattr(check, name)(*answers)
    said = capsys.readouterr()
    assert (said.out, said.err) == (verdict + "\n", "")


@pytest.mark.parametrize("case", VERDICTS)
def test_verdict_under_nbgrader(check, case, capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    name, answers, verdict = VERDICTS[case]
    if verdict.startswith("✓"):
        getattr(check, name)(*answers)
    else:
        with pytest.raises(AssertionError) as error:
            getattr(check, name)(*answers)
        assert str(error.value) == verdict
    assert capsys.readouterr().err == ""


def test_a_check_works_on_a_copy(check, capsys):
    names = {"a": "A"}
    check.q4(names)
    assert capsys.readouterr().out == "✓ Q4: passed\n" and names == {"a": "A"}


def test_what_cannot_be_copied_is_checked_all_the_same(check, capsys):
    check.q1({0: 1, "maker": (number for number in [1])})
    assert capsys.readouterr().out == "✓ Q1: passed\n"


def test_a_slow_check_says_that_it_is_working(check, capsys, monkeypatch):
    monkeypatch.setattr(checking, "PATIENCE", 0.01)
    check.q2(lambda x: time.sleep(0.2) or 2 * x, 3)
    assert capsys.readouterr().out == "… Q2: still checking\n✓ Q2: passed\n"


def test_questions_are_listed_and_helpers_are_not(check):
    assert dir(check) == ["q1", "q2", "q3", "q4", "q5", "q6"]


@pytest.mark.parametrize("name", ["q9", "helper", "need"])
def test_an_unknown_question(check, name):
    with pytest.raises(AttributeError, match=f"Chapter 3 has no question {name}; it has q1, q2, q3"):
        getattr(check, name)


def test_a_chapter_without_questions(check):
    with pytest.raises(ValueError, match="Chapter 77 has no questions to check"):
        coursekit.checks(77)


def test_questions_are_read_from_disk_each_time(check, tmp_path, capsys):
    (tmp_path / "checks" / "ch03.py").write_text(QUESTIONS.replace("== 1", "== 5"))
    coursekit.checks(3).q1([5])
    assert capsys.readouterr().out == "✓ Q1: passed\n"


# --- the import and the colours -------------------------------------------------------------------


def test_importing_coursekit_imports_little():
    heavy = ("pandas", "sklearn", "torch", "matplotlib.pyplot", "IPython", "scipy")
    code = f"import sys, coursekit; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# How the three rare kinds of colour vision see linear RGB (Machado, Oliveira and Fernandes, 2009).
COLOUR_VISION = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
CLEARLY_DIFFERENT = 30  # in CIE Lab units; 2 can just be told apart side by side


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, vision):
    """A colour as CIE Lab, seen with a kind of colour vision."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    seen = np.clip(np.array(COLOUR_VISION[vision]) @ linear(colour), 0, 1)
    x, y, z = np.cbrt(np.array(to_xyz) @ seen / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, vision):
    return np.linalg.norm(lab(one, vision) - lab(other, vision))


@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_the_two_class_colours_differ(vision):
    good, spam = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"][:2]
    assert distance(good, spam, vision) > CLEARLY_DIFFERENT


def test_red_and_green_would_not_do():
    assert distance("#cc3311", "#557700", "deuteranopia") < CLEARLY_DIFFERENT


@pytest.mark.parametrize("place", [0, 1])
def test_class_colours_stand_out_from_white(place):
    colour = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"][place]
    brightness = linear(colour) @ [0.2126, 0.7152, 0.0722]
    assert 1.05 / (brightness + 0.05) >= 3  # the contrast that web accessibility rules ask of graphics


# --- pip-installed, as on Colab -------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with coursekit installed from a wheel of the repository, and nothing else."""
    clone, wheels, target = (tmp_path_factory.mktemp(name) for name in ("clone", "wheels", "target"))
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "models", "log.db*")
    for folder in ("coursekit", "data", "project", "service"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=skip)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, clone)
    offline = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    pip(["wheel", "--no-build-isolation", *offline, f"--wheel-dir={wheels}", str(clone)])
    shutil.rmtree(clone)
    pip(["install", *offline, f"--target={target}", *map(str, wheels.glob("coursekit-*.whl"))])
    return target


def pip(arguments):
    run = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def outside(installed, folder):
    """The environment of somebody who has the installed package and no clone."""
    environment = offline_environment(str(folder))
    return environment | {"PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "offline"), str(installed)])}


def test_the_wheel_carries_the_data_and_the_questions(installed, tmp_path):
    code = """if True:
        import json, pathlib, coursekit
        home = pathlib.Path(coursekit.__file__).parent
        manifest = json.loads((home / "data" / "MANIFEST.json").read_text("utf-8"))
        sizes = {name: len(coursekit.load(name)) for name in manifest}
        chapters = sorted(path.name for path in (home / "checks").glob("ch*.py"))
        print(json.dumps([str(home), sizes, chapters]))
    """
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=outside(installed, tmp_path), capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    home, sizes, chapters = json.loads(run.stdout)
    assert home == str(installed / "coursekit")
    parts = {name: entry.get("arrays") or entry.get("files") for name, entry in MANIFEST.items()}
    assert sizes == {name: entry.get("rows") or len(parts[name]) for name, entry in MANIFEST.items()}
    assert chapters == sorted(path.name for path in (ROOT / "coursekit" / "checks").glob("ch*.py"))
    project = {path.name for path in (installed / "coursekit" / "project").iterdir()}
    assert project >= {"README.md", "project.ipynb", "data_sheet.md", ".gitignore", "model.py", "serve.py"}


def test_a_notebook_alone_runs_with_the_wheel(installed, tmp_path):
    name = next(name for name in NOTEBOOKS if name.startswith("exercises/"))
    nb = nbformat.read(ROOT / name, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell("print(ck.__file__)"))
    (tmp_path / "alone").mkdir()
    quiet = ["--log-level=ERROR"]
    place = {"metadata": {"path": str(tmp_path / "alone")}}
    client = NotebookClient(nb, timeout=120, extra_arguments=quiet, resources=place)
    client.execute(env=outside(installed, tmp_path))
    said = ["".join(output.get("text", "") for output in cell.get("outputs", [])) for cell in nb.cells]
    assert said[-1].strip() == str(installed / "coursekit" / "__init__.py")
    asked = [text for cell, text in zip(nb.cells, said, strict=True) if "check.q" in cell.source]
    assert asked and all("not attempted" in text for text in asked)
