"""Numbers in prose are true: each decimal number and percentage in the text of a lesson or a solution also
stands, with at least as many digits, in an output of that notebook or as a number in its code.

Not looked at: code spans, versions, section numbers, paragraphs that name an outside source: (source: …), and
quotations ("99.9 % accurate" may be somebody's false claim), Myth boxes among them.
"""

import io
import re
import tokenize

import nbformat
import pytest

from tests.comparison import text_of
from tests.reading import (
    NOTEBOOKS,
    cells,
    notebook,
    outputs,
    without_code,
    without_link_targets,
    without_quotes,
)

# Whole numbers count only with a percent sign: "5,882 mails" is words. 3.11.2 is a version, not a number.
CLAIM = re.compile(r"(?<![\w.])(\d+(?:,\d{3})*\.\d+|\d+(?=(?:\\,|\s)*\\?%))((?:\\,|\s)*\\?%)?(?!\.?\d)")
SHOWN = re.compile(r"(?<![\w.])(\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?)(\s?%)?", re.IGNORECASE)
VERSION = re.compile(
    r"\b(?:version|Python|NumPy|pandas|SciPy|scikit-learn|matplotlib|seaborn|PyTorch|CC BY|ODC-PDDL"
    r"|chapter|section|equation|figure|table)\s+v?\d+(?:\.\d+)*", re.IGNORECASE
)  # fmt: skip


def unproven(nb):
    """One sentence for each number in the prose that nothing in the notebook shows."""
    shown = numbers_shown(nb)
    return [
        f"cell {number}: correct or print {claim.strip()}, or say (source: …): {line.strip()[:60]!r}"
        for number, cell in cells(nb, "markdown")
        for line, claim, value, step, percent in claims(cell.source)
        if not any(agrees(value, step, percent, *other) for other in shown)
    ]


def claims(markdown):
    """(line, number as written, value, worth of its last digit, is it a percentage) of each number."""
    for paragraph in re.split(r"\n\s*\n", prose(markdown)):
        if "(source:" in paragraph:
            continue
        for line in paragraph.split("\n"):
            for digits, percent in CLAIM.findall(line):
                step = 10.0 ** -len(digits.partition(".")[2])
                yield line, digits + percent, float(digits.replace(",", "")), step, bool(percent)


def prose(markdown):
    """What of a markdown cell makes claims of its own."""
    text = re.sub(r"^>.*\n?", "", without_code(markdown), flags=re.MULTILINE)
    text = re.sub(r"^(#+ )\d+(\.\d+)* ", r"\1", text, flags=re.MULTILINE)
    return VERSION.sub("", without_quotes(without_link_targets(text)))


def numbers_shown(nb):
    """(value, is it a percentage) of every number in the outputs, and of every number in the code."""
    code = [cell.source for _, cell in cells(nb, "code")]
    # A picture's description typed into the code proves nothing: only what was computed does.
    texts = [
        text for _, output in outputs(nb) for text in texts_of(output) if not any(text in c for c in code)
    ]
    found = {(float(d.replace(",", "")), bool(p)) for text in texts for d, p in SHOWN.findall(text)}
    return found | {(value, False) for source in code for value in numbers_in_code(source)}


def texts_of(output):
    data = output.get("data", {})
    table = [text_of(data["text/html"])] if "text/html" in data else []
    return [output.get("text", ""), data.get("text/plain", ""), *table]


def numbers_in_code(source):
    """The numbers of a cell's code, not those in its strings and comments."""
    source = re.sub(r"^\s*[%!].*", "", source, flags=re.MULTILINE)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER and not re.search("[xXoObBjJ]", token.string):
            yield float(token.string.replace("_", ""))


def agrees(value, step, percent, other, other_percent):
    """Is the prose's number the other one, rounded to the digits that the prose shows?"""
    same_unit = [other] if percent == other_percent else []
    if percent and not other_percent:
        same_unit = [other * 100, other]  # 0.931 or a bare 93.1
    if other_percent and not percent:
        same_unit = [other / 100]
    return any(abs(value - candidate) <= step / 2 * (1 + 1e-6) for candidate in same_unit)


WITH_RESULTS = [name for name in NOTEBOOKS if not name.startswith("exercises")]


@pytest.mark.parametrize("name", WITH_RESULTS)
def test_numbers_in_prose(name):
    problems = unproven(notebook(name))
    assert not problems, f"{name}:\n" + "\n".join(problems)


# --- and it notices -------------------------------------------------------------------------------


def sample(
    markdown, printed="score 0.93149, share 70.5%, error -0.0123, 1,234.56 kg", code="learning_rate = 0.4"
):
    v4 = nbformat.v4
    result = v4.new_output(
        "execute_result", data={"text/plain": "", "text/html": "<td>0.25</td><td>1.0</td>"}
    )
    shown = [v4.new_output("stream", name="stdout", text=printed), result]
    return v4.new_notebook(cells=[v4.new_markdown_cell(markdown), v4.new_code_cell(code, outputs=shown)])


@pytest.mark.parametrize(
    "markdown",
    [
        "It reaches 0.931, so 93 % or 93.1%.",
        "It reaches 0.93149.",
        "It is 70.5 % of the mails, or 0.705, about 71 %.",
        "The error falls by 0.012, to −0.0123.",
        "With 0.4 it takes 1,234.6 kg.",
        "The formula $0.4 \\cdot 93\\,\\%$ holds.",
        "A quarter, 25 %, and 100 %.",
        "Whole numbers such as 17 or 5,882 are words.",
        "Filters lose 0.001 (source: a paper) of\nthe mails, or 5.5 %.",
        "Set `C=0.07`.\n\n```python\nx = 0.07\n```",
        "## 3.2 Splitting\nSee section 4.5, Python 3.11, scikit-learn 1.9.1 and CC BY 4.0.",
        'Tutorials say "99.9 % accurate" or “99.8 %\nright”.',
        "> **Myth.** It is 99.9 % right.",
        "[Binder](https://host.example/v0.77)",
    ],
)
def test_proven(markdown):
    assert unproven(sample(markdown)) == []


@pytest.mark.parametrize(
    "markdown, number",
    [
        ("It reaches 0.932.", "0.932"),
        ("It reaches 0.9316.", "0.9316"),
        ("It reaches 94 %.", "94 %"),
        ("It reaches 93.2%.", "93.2%"),
        ("With 0.931494 as much.", "0.931494"),
        ("| model | score |\n|---|---|\n| ours | 0.99 |", "0.99"),
        ("- a list of 0.77", "0.77"),
        ("## A heading with 0.77", "0.77"),
        ("A formula $L = 0.916$.", "0.916"),
        ("First 0.07 (source: a paper).\n\nThen 0.08.", "0.08"),
        ("It weighs 1,234.7 kg.", "1,234.7"),
        ("$5\\,\\%$ of them.", "5\\,\\%"),
    ],
)
def test_unproven(markdown, number):
    problems = unproven(sample(markdown))
    assert len(problems) == 1 and f"correct or print {number}," in problems[0]


def test_a_typed_description_proves_nothing():
    code = 'ck.show(fig, "The curve ends at 0.77")  # 0.77'
    assert unproven(sample("It ends at 0.77.", printed="The curve ends at 0.77", code=code))
