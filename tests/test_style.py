"""Every notebook keeps the house style: one short function for each rule, tried on a bad sample as well.

A rule looks at a notebook and gives one sentence for each thing to change.
"""

import ast
import base64
import copy
import re
import statistics
import subprocess
import sys

import nbformat
import pytest

from tests.reading import NOTEBOOKS, ROOT, cells, notebook, outputs, paragraphs, without_code, without_quotes

CODE_LINES, OUTPUT_WIDTH = 25, 110
PARAGRAPH_WORDS, WORDS_BETWEEN_CODE = 90, 220
PICTURE_BYTES, NOTEBOOK_BYTES = 150_000, 1_500_000
TABLE_ROWS, TABLE_COLUMNS = 10, 8
HELPER_LINES = 370  # 300 before a check told of several answers which are right and which are to do
# In a lesson, what a reader sees of a cell is short and narrow; drawing and plumbing are folded.
VISIBLE_LINES, VISIBLE_COLUMNS, MEDIAN_LINES = 15, 88, 7

RULES = {}  # name of a rule -> its function and the folders it holds for
CHECK_CALL = re.compile(r"\bcheck\.(q\d+[a-z]?)\(")


def rule(*folders):
    """Mark a function as a rule for these folders."""

    def register(function):
        RULES[function.__name__] = (function, folders)
        return function

    return register


EVERYWHERE = ("chapters", "exercises", "solutions")

# --- the page -------------------------------------------------------------------------------------


@rule(*EVERYWHERE)
def valid_format(nb):
    try:
        nbformat.validate(nb)
    except nbformat.ValidationError as error:
        return [f"not a valid notebook ({error.message}); build it again"]
    return []


@rule(*EVERYWHERE)
def small_file(nb):
    size = len(nbformat.writes(nb, indent=1).encode())
    return (
        [f"{size:,} bytes; make or drop pictures until it is {NOTEBOOK_BYTES:,}"]
        if size > NOTEBOOK_BYTES
        else []
    )


@rule(*EVERYWHERE)
def title(nb):
    headings = [line for _, text in prose_cells(nb) for line in text.split("\n") if line.startswith("# ")]
    if not headings or not nb.cells[0].source.startswith(headings[0]):
        return ["cell 1: start with the title, '# 9 · Spam filter: …'"]
    wrong = (
        []
        if re.match(r"# \d+[a-z]? · \S", headings[0])
        else ["cell 1: the title's form is '# 9 · Spam filter: …'"]
    )
    return wrong + [f"use ## for the heading {heading!r}; # is the title's" for heading in headings[1:]]


@rule("exercises", "solutions")
def title_says_what_it_is(nb):
    first = nb.cells[0].source.split("\n")[0]
    return (
        []
        if re.search(r"· (Exercises|Solutions)", first)
        else ["cell 1: the title's form is '# 9 · Exercises: …'"]
    )


@rule("chapters")
def objectives(nb):
    for _, text in prose_cells(nb)[:4]:
        if "You will be able to" in text:
            items = re.match(
                r"[^\n]*\n+((?:[-*] .*(?:\n(?![-*\n]).*)*\n?)*)",
                text.partition("You will be able to")[2] + "\n",
            )
            count = len(re.findall(r"^[-*] ", items[1] if items else "", re.MULTILINE))
            return [] if 3 <= count <= 5 else [f"'You will be able to' has {count} lines; make them 3 to 5"]
    return ["say near the top what 'You will be able to' do, in 3 to 5 lines"]


@rule("chapters")
def time_needed(nb):
    found = any(re.search(r"\*\*Time:\*\* *\d+", text) for _, text in prose_cells(nb)[:4])
    return [] if found else ["say near the top how long it takes: **Time:** 45 minutes"]


@rule("chapters")
def ending(nb):
    headings = re.findall(r"^## (.*?) *$", "\n".join(text for _, text in prose_cells(nb)), re.MULTILINE)
    expected = ["Summary", "Check yourself", "Next"]
    found = [heading for heading in headings if heading in expected]
    return (
        []
        if found == expected
        else [f"end with ## Summary, ## Check yourself, ## Next; found {found or 'none'}"]
    )


@rule("chapters")
def self_check(nb):
    everything = "\n".join(text for _, text in prose_cells(nb))
    section = everything.partition("## Check yourself")[2].partition("\n## ")[0]
    count = len(re.findall(r"<details>\s*<summary>.*?</details>", section, re.DOTALL))
    return (
        [] if 4 <= count <= 6 else [f"'Check yourself' has {count} folded answers; make it 4 to 6 questions"]
    )


@rule(*EVERYWHERE)
def folds_are_closed(nb):
    return [
        f"cell {number}: <details>, <summary> and their ends do not pair up"
        for number, text in prose_cells(nb)
        if not text.count("<details>")
        == text.count("<summary>")
        == text.count("</summary>")
        == text.count("</details>")
    ]


@rule("exercises")
def hints(nb):
    questions = sum(len(CHECK_CALL.findall(cell.source)) for _, cell in cells(nb, "code"))
    folded = len(re.findall(r"<summary>Hint", "\n".join(text for _, text in prose_cells(nb))))
    count = [] if 3 <= questions <= 6 else [f"{questions} questions; make it 3 to 6"]
    return count + (
        [] if folded >= questions else [f"{questions} questions, but {folded} folded hints; give each one"]
    )


@rule("solutions")
def solutions_pass(nb):
    return [
        f"cell {number}: the solution of {name} is not accepted; it says {printed(cell)!r}"
        for number, cell in cells(nb, "code")
        for name in CHECK_CALL.findall(cell.source)
        if printed(cell) != f"✓ {name.upper()}: passed"
    ]


# --- the prose ------------------------------------------------------------------------------------


@rule(*EVERYWHERE)
def short_paragraphs(nb):
    return [
        f"cell {number}: {count} words in the paragraph {paragraph[:40]!r}…; keep to {PARAGRAPH_WORDS}"
        for number, text in prose_cells(nb)
        for paragraph in paragraphs(text)
        if (count := len(paragraph.split())) > PARAGRAPH_WORDS
    ]


@rule("chapters")
def code_comes_often(nb):
    """The end of a chapter, from its summary on, is prose by nature."""
    wrong, words = [], 0
    for number, cell in enumerate(nb.cells, 1):
        if re.search(r"^## Summary", cell.source, re.MULTILINE):
            break
        words = (
            0
            if cell.cell_type == "code"
            else words + sum(len(p.split()) for p in paragraphs(own(cell.source)))
        )
        if words > WORDS_BETWEEN_CODE:
            wrong.append(f"cell {number}: {words} words since the last code; keep to {WORDS_BETWEEN_CODE}")
            words = 0
    return wrong


def own(text):
    """A cell's text without the links that the build writes under a title."""
    return re.sub(r"^\[Open in Binder\].*", "", text, flags=re.MULTILINE | re.DOTALL)


@rule(*EVERYWHERE)
def no_exclamation_marks(nb):
    return [
        f"cell {number}: end the sentence {found.strip()[-60:]!r} without an exclamation mark"
        for number, text in prose_cells(nb)
        for found in re.findall(r"[^.?!\n]*!(?!\[)", without_quotes(without_code(text)))
    ]


@rule(*EVERYWHERE)
def no_emoji_in_headings(nb):
    return [
        f"cell {number}: take the emoji out of the heading {heading!r}"
        for number, text in prose_cells(nb)
        for heading in re.findall(r"^#+ .*", text, re.MULTILINE)
        if re.search("[\u2600-\u27bf\U0001f000-\U0001faff]", heading)
    ]


# --- the code -------------------------------------------------------------------------------------


@rule(*EVERYWHERE)
def short_code(nb):
    return [
        f"cell {number}: {count} lines of code; split it, {CODE_LINES} is the most"
        for number, cell in cells(nb, "code")
        if (count := len(cell.source.strip().split("\n"))) > CODE_LINES
    ]


@rule("chapters")
def calm_code(nb):
    visible = [(n, cell.source.strip().split("\n")) for n, cell in cells(nb, "code") if is_visible(cell)]
    wrong = [
        f"cell {number}: {len(lines)} visible lines; split or fold it, {VISIBLE_LINES} is the most"
        for number, lines in visible
        if len(lines) > VISIBLE_LINES
    ]
    wrong += [
        f"cell {number}: a line of {len(line)} characters, {line.strip()[:30]!r}…; "
        f"{VISIBLE_COLUMNS} is the most"
        for number, lines in visible
        for line in lines
        if len(line) > VISIBLE_COLUMNS
    ]
    median = statistics.median(len(lines) for _, lines in visible)
    return wrong + (
        [f"{median} lines in the median of the visible cells; {MEDIAN_LINES} is the most"]
        if median > MEDIAN_LINES
        else []
    )


def is_visible(cell):
    """Is it code to be read: not folded, and not the first cell that the build writes?"""
    return "hide-input" not in cell.metadata.get("tags", []) and "google.colab" not in cell.source


@rule(*EVERYWHERE)
def no_absolute_paths(nb):
    path = re.compile(r"(?<![\w.:/])/(?:home|Users|root|work|tmp|mnt|content)/\w|\b[A-Z]:\\\w")
    return [
        f"cell {number}: the absolute path in {found[0]!r} exists on one computer only"
        for number, cell in cells(nb, "code")
        for text in [cell.source, *(text for output in cell.outputs for text in texts(output))]
        if (found := path.search(text))
    ]


@rule(*EVERYWHERE)
def nothing_is_downloaded(nb):
    wrong = []
    for number, cell in cells(nb, "code"):
        if "google.colab" in cell.source:  # the first cell, written by the build
            continue
        if re.search(r"^\s*(!|%pip|%conda|%system)|\b(wget|curl) ", cell.source, re.MULTILINE):
            wrong.append(f"cell {number}: no shell or install commands; the course runs without them")
        wrong += [
            f"cell {number}: {call}(…) fetches from the network; put the data into data/"
            for call in fetches(cell.source)
        ]
    return wrong


def fetches(source):
    """Names of the calls in a cell that would use the network: fetch_…(), get("https://…"), and the like."""
    source = re.sub(r"^\s*[%!].*", "", source, flags=re.MULTILINE)
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
        remote = re.match(r"(https?|ftp)://(?!(localhost|127\.0\.0\.1)\b)", str(first))
        reads = re.match(r"(get|post|request|url\w+|read_\w+|open|load\w*|download\w*|Request)$", name)
        if name.startswith("fetch_") or name in ("urlretrieve", "hf_hub_download") or (remote and reads):
            yield name


# --- the outputs ----------------------------------------------------------------------------------


@rule("chapters", "solutions")
def no_errors_or_warnings(nb):
    wrong = []
    for number, output in outputs(nb):
        if output.output_type == "error" or output.get("name") == "stderr":
            wrong.append(f"cell {number}: an error or stderr output is stored; fix its cause and build again")
        elif output.output_type == "stream" and (found := re.search(r"\b[A-Z]\w+Warning\b", output.text)):
            wrong.append(f"cell {number}: {found[0]} in the output; fix its cause")
    return wrong


@rule(*EVERYWHERE)
def pictures_are_described(nb):
    return [
        f"cell {number}: the picture has no alternative text; show it with ck.show(fig, 'what it shows')"
        for number, output, kind, _ in pictures(nb)
        if len(output.metadata.get(kind, {}).get("alt", "").split()) < 4
    ]


@rule(*EVERYWHERE)
def small_pictures(nb):
    return [
        f"cell {number}: a picture of {size:,} bytes; make it plainer, {PICTURE_BYTES:,} is the most"
        for number, _, kind, content in pictures(nb)
        if (size := len(content.encode() if kind == "image/svg+xml" else base64.b64decode(content)))
        > PICTURE_BYTES
    ]


@rule(*EVERYWHERE)
def small_tables(nb):
    wrong = []
    for number, output in outputs(nb):
        for table in re.findall(
            r'<table[^>]*(?:class="dataframe"|id="T_).*?</table>', html_of(output), re.DOTALL
        ):
            body = re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], re.DOTALL)
            columns = max((len(re.findall(r"<td", row)) for row in body), default=0)
            if len(body) > TABLE_ROWS or columns > TABLE_COLUMNS:
                size = f"{len(body)} rows × {columns} columns"
                wrong.append(f"cell {number}: a table of {size}; {TABLE_ROWS} × {TABLE_COLUMNS} is the most")
    return wrong


@rule(*EVERYWHERE)
def narrow_outputs(nb):
    return [
        f"cell {number}: a printed line of {len(line)} characters, {line[:30]!r}…; {OUTPUT_WIDTH} is the most"
        for number, output in outputs(nb)
        for text in texts(output)
        for line in text.split("\n")
        if len(line) > OUTPUT_WIDTH
    ]


def prose_cells(nb):
    return [(number, cell.source) for number, cell in cells(nb, "markdown")]


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs).strip()


def texts(output):
    """What a reader sees of an output as plain text: nothing of a picture, a table or a widget."""
    if "text" in output:
        return [output.text]
    return [output.data["text/plain"]] if list(output.get("data", {})) == ["text/plain"] else []


def html_of(output):
    return output.get("data", {}).get("text/html", "")


def pictures(nb):
    """(cell number, output, kind, content) of each picture."""
    return [
        (number, output, kind, content)
        for number, output in outputs(nb)
        for kind, content in output.get("data", {}).items()
        if kind.startswith("image/")
    ]


# --- the notebooks keep the rules -----------------------------------------------------------------


def test_there_are_notebooks():
    assert {name.split("/")[0] for name in NOTEBOOKS} == {"chapters", "exercises", "solutions"}


CASES = [
    (name, path)
    for path in NOTEBOOKS
    for name, (_, folders) in RULES.items()
    if path.split("/")[0] in folders
]


@pytest.mark.parametrize("name, path", CASES, ids=[f"{path}-{name}" for name, path in CASES])
def test_notebook(name, path):
    check, _ = RULES[name]
    problems = check(notebook(path))
    assert not problems, f"{path}:\n" + "\n".join(problems)


# --- the code keeps them --------------------------------------------------------------------------


def test_ruff():
    places = [
        "sources",
        "coursekit",
        "service",
        "tools",
        "tests",
        "classroom",
        "course.py",
        "conftest.py",
        "data/build.py",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", *places],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_helper_stays_small():
    count = sum(len(path.read_text("utf-8").splitlines()) for path in (ROOT / "coursekit").glob("*.py"))
    assert count <= HELPER_LINES


# --- and the rules bite ---------------------------------------------------------------------------

LESSON_TEXTS = [
    '# 3 · Data splitting\n\nWould you ship it? It said "Yes!" and `a != b`.',
    "**You will be able to**\n- split\n- count, on\n  two lines\n- choose\n\n**Time:** 30 minutes",
    "## Summary\nSplit first.",
    "## Check yourself\n" + "Why?\n<details><summary>Answer</summary>So.</details>\n" * 4,
    "## Next\nChapter 4.",
]


def sample(folder):
    """A small notebook that keeps every rule of its folder."""
    v4, png = nbformat.v4, base64.b64encode(b"png").decode()
    described = {"image/png": {"alt": "A line that rises steadily"}}
    table = '<table class="dataframe"><tbody><tr><th>0</th><td>1</td></tr></tbody></table>'
    shown = [
        v4.new_output("stream", name="stdout", text="0.93\n"),
        v4.new_output("display_data", data={"image/png": png}, metadata=described),
        v4.new_output("display_data", data={"text/html": table}),
    ]
    if folder == "chapters":
        made = [v4.new_markdown_cell(text) for text in LESSON_TEXTS]
        return v4.new_notebook(cells=[*made[:2], v4.new_code_cell("print(0.93)", outputs=shown), *made[2:]])
    word = folder.capitalize()
    made = [
        v4.new_markdown_cell(f"# 3 · {word}: splitting"),
        v4.new_code_cell("check = ck.checks(3)", outputs=shown),
    ]
    for name in ("Q1", "Q2", "Q3"):
        said = [v4.new_output("stream", name="stdout", text=f"✓ {name}: passed\n")]
        made.append(v4.new_markdown_cell("Sum them.\n<details><summary>Hint</summary>Add.</details>"))
        made.append(
            v4.new_code_cell(f"check.{name.lower()}(a)", outputs=said if folder == "solutions" else [])
        )
    return v4.new_notebook(cells=made)


def text(number, old, new):
    """A change of a cell's text; cells count from 1."""

    def change(nb):
        assert old in nb.cells[number - 1].source
        nb.cells[number - 1].source = nb.cells[number - 1].source.replace(old, new, 1)

    return change


def shows(number, **output):
    """An output more in a cell."""
    kind = "stream" if "text" in output else "error" if "ename" in output else "display_data"

    def change(nb):
        nb.cells[number - 1].outputs.append(nbformat.v4.new_output(kind, **output))

    return change


def table_of(rows, columns):
    row = "<tr><th>i</th>" + "<td>1</td>" * columns + "</tr>"
    return {"text/html": f'<table border="1" class="dataframe"><tbody>{row * rows}</tbody></table>'}


BIG = base64.b64encode(bytes(PICTURE_BYTES + 1)).decode()
ALT = {"image/png": {"alt": "A line that rises"}}
BAD = [
    ("valid_format", "chapters", lambda nb: nb.cells[0].update(cell_type="text")),
    ("small_file", "chapters", text(1, "Would", "x" * NOTEBOOK_BYTES)),
    ("title", "chapters", text(1, "# 3 · Data", "# Chapter 3: data")),
    ("title", "chapters", text(1, "# 3", "## 3")),
    ("title", "chapters", text(4, "## Summary", "# Summary")),
    ("title_says_what_it_is", "exercises", text(1, "Exercises: ", "")),
    ("objectives", "chapters", text(2, "You will be able to", "You learn")),
    ("objectives", "chapters", text(2, "- choose\n", "")),
    ("objectives", "chapters", text(2, "- split", "- a\n- b\n- split\n- c")),
    ("time_needed", "chapters", text(2, "**Time:** 30 minutes", "")),
    ("ending", "chapters", text(4, "## Summary", "## In short")),
    ("ending", "chapters", lambda nb: nb.cells.reverse()),
    ("self_check", "chapters", text(5, "<details><summary>Answer</summary>So.</details>", "So.")),
    ("folds_are_closed", "solutions", text(3, "</details>", "")),
    ("hints", "exercises", text(3, "Hint", "Answer")),
    ("hints", "exercises", text(4, "check.q1(a)", "1")),
    (
        "solutions_pass",
        "solutions",
        lambda nb: nb.cells[3].outputs[0].update(text="✗ Q1: not yet. Look again.\n"),
    ),
    ("solutions_pass", "solutions", lambda nb: nb.cells[3].outputs.clear()),
    ("short_paragraphs", "exercises", text(3, "Sum", "word " * PARAGRAPH_WORDS + "Sum")),
    ("code_comes_often", "chapters", text(2, "**Time:**", "A few words.\n\n" * WORDS_BETWEEN_CODE)),
    ("no_exclamation_marks", "chapters", text(1, "ship it?", "ship it!")),
    ("no_emoji_in_headings", "chapters", text(4, "## Summary", "## Summary 🎉")),
    ("short_code", "chapters", text(3, "print", "x = 1\n" * CODE_LINES + "print")),
    ("calm_code", "chapters", text(3, "print", "x = 1\n" * VISIBLE_LINES + "print")),
    ("calm_code", "chapters", text(3, "print(0.93)", f"print({'1' * VISIBLE_COLUMNS})")),
    ("calm_code", "chapters", text(3, "print", "x = 1\n" * MEDIAN_LINES + "print")),
    ("no_absolute_paths", "chapters", text(3, "print(0.93)", "open('/home/me/mails.csv')")),
    ("no_absolute_paths", "chapters", shows(3, name="stdout", text="saved to C:\\mails\n")),
    (
        "nothing_is_downloaded",
        "chapters",
        text(3, "print(0.93)", "pd.read_csv('https://host.example/a.csv')"),
    ),
    ("nothing_is_downloaded", "chapters", text(3, "print(0.93)", "fetch_openml('mnist')")),
    ("nothing_is_downloaded", "chapters", text(3, "print(0.93)", "!pip install pandas")),
    ("no_errors_or_warnings", "chapters", shows(3, ename="ValueError", evalue="", traceback=[])),
    ("no_errors_or_warnings", "chapters", shows(3, name="stderr", text="note\n")),
    ("no_errors_or_warnings", "chapters", shows(3, name="stdout", text="FutureWarning: soon\n")),
    ("pictures_are_described", "chapters", shows(3, data={"image/png": "AAAA"})),
    ("small_pictures", "chapters", shows(3, data={"image/png": BIG}, metadata=ALT)),
    ("small_tables", "chapters", shows(3, data=table_of(TABLE_ROWS + 1, 2))),
    ("small_tables", "chapters", shows(3, data=table_of(2, TABLE_COLUMNS + 1))),
    ("narrow_outputs", "chapters", shows(3, name="stdout", text="x" * (OUTPUT_WIDTH + 1))),
]


@pytest.mark.parametrize("folder", EVERYWHERE)
def test_a_good_notebook_keeps_all_rules(folder):
    assert [
        check(sample(folder))
        for check, folders in RULES.values()
        if folder in folders and check(sample(folder))
    ] == []


@pytest.mark.parametrize(
    "number", range(len(BAD)), ids=[f"{name}-{number}" for number, (name, *_) in enumerate(BAD)]
)
def test_a_rule_notices(number):
    name, folder, change = BAD[number]
    nb = copy.deepcopy(sample(folder))
    change(nb)
    check, folders = RULES[name]
    assert folder in folders and check(nb)


def test_folded_code_may_be_long():
    nb = sample("chapters")
    text(3, "print", "x = 1\n" * 20 + "print")(nb)
    nb.cells.append(nbformat.v4.new_code_cell("print(0)"))
    assert RULES["calm_code"][0](nb)
    nb.cells[2].metadata.tags = ["hide-input"]
    assert not RULES["calm_code"][0](nb)


def test_every_rule_has_a_bad_sample():
    assert {name for name, *_ in BAD} == set(RULES)
