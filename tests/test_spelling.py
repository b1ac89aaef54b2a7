"""Prose is spelled the British way, with -ise: lessons, exercises, pages, comments, docstrings and messages.

The rules stand in spelling.csv: an American pattern, the British form, words it finds, words it leaves alone.

Not looked at: code, targets of links, formulas, tags, names in code (`fit_center`, `color=`, BatchNorm),
titles (*A title* (2015)), and names: a capital within a sentence or a quotation. Of the strings in code,
those count that hold several words or stand in a picture (label="…"); not loc="…", == "…" and LINES = "…".
"""

import csv
import functools
import io
import re
import tokenize

import pytest

from tests.reading import ROOT

TABLE = list(csv.DictReader((ROOT / "tests/spelling.csv").read_text("utf-8").splitlines()))
RULES = [(re.compile(row["american"], re.IGNORECASE), row["british"]) for row in TABLE]

FOLDERS = (".github", "classroom", "coursekit", "data", "project", "service", "sources", "tests", "tools")
KINDS = (".py", ".md", ".html", ".yml")
ALL = [*ROOT.glob("*.*"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.*"))]
# This file is left out, for it must write American words to try its rules on.
FILES = [path for path in sorted(ALL) if path.suffix in KINDS and path.name != "test_spelling.py"]
FILES += [ROOT / "sources/glossary.csv", ROOT / "project/project.ipynb"]

NO_PROSE = [
    re.compile(r"^ *(```|~~~).*?^ *\1|<!--.*?-->|<code>.*?</code>", re.DOTALL | re.MULTILINE),
    re.compile(r"(`+)(?!`)(?:.|\n(?! *\n))+?(?<!`)\1(?!`)"),
    re.compile(r"\]\([^)]*\)|</?[a-z][^<>]*>|https?://\S+|\$\$[^$]+\$\$|\$[^$\n]+\$|\{[^{}\n]*\}|\\n"),
    re.compile(r'(?<=[\w,&] )[A-Z]\w+|(?<=[ (]")[A-Z]\w+|(?<=\()[A-Z]\w+'),  # names in the world
    re.compile(r"\*[^*\n]+\*(?= \(\d{4}\))|[\w.-]+[/@][\w./@-]+"),  # titles, paths
]
WORD = re.compile(r"(?<![\w.=#\\])[A-Za-z][a-z]+(?![\w=(\\]|\.\w)")
DEPENDING = ("licens", "practi")  # on the word before: a licence, to license
STRINGS = (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))  # since Python 3.12
PASSED = (tokenize.COMMENT, tokenize.NL, getattr(tokenize, "FSTRING_START", tokenize.NL))
SHOWN = re.compile(r"\w*(label|title|text|annotate)")


def american(text, kind=".md"):
    """(line, word, British form) of each American word in the prose of a text."""
    found, text, before = [], prose(text, kind), ""
    for word in WORD.finditer(text):
        if better := british(before if word[0].lower().startswith(DEPENDING) else "", word[0]):
            found.append((text.count("\n", 0, word.start()) + 1, word[0], better))
        before = word[0]
    return found


@functools.cache
def british(before, word):
    """The British form of an American word, else None."""
    for pattern, form in RULES:
        if found := pattern.fullmatch(f"{before} {word}", len(before) + 1):
            return found.expand(form)


def prose(text, kind):
    """What of a text is prose; each line keeps its number."""
    text = strings_and_comments(text) if kind == ".py" else text
    for pattern in NO_PROSE:
        text = pattern.sub(lambda found: " " + "\n" * found[0].count("\n"), text)
    return text


def strings_and_comments(source):
    """Python's comments, docstrings and other strings that somebody reads, on their own lines."""
    kept, line, before = "", 1, ("", "")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#").removeprefix(" ")
        elif token.type in STRINGS and is_read(token.string, *before):
            text = re.sub(r"^\w*(\"\"\"|'''|[\"'])(.*)\1$", r"\2", token.string, flags=re.DOTALL)
        else:
            text = ""
        if text:
            kept += "\n" * (token.start[0] - line) + " " + text
            line = token.end[0]
        if token.type not in PASSED:
            before = before[1], token.string
    return kept


def is_read(string, name, sign):
    """Is a string of code, behind `name` and `sign`, for people to read?"""
    if sign == "==" or sign in ("=", "+=") and (name == "loc" or name.isupper()):
        return False
    return bool(re.search(r"[^\W\d],? [^\W\d]", string) or sign in ("=", "(") and SHOWN.fullmatch(name))


def report(name, problems):
    return "\n".join(f"{name}:{line}: write {better!r}, not {word!r}" for line, word, better in problems)


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_british(path):
    problems = american(path.read_text("utf-8"), path.suffix)
    assert not problems, report(path.relative_to(ROOT).as_posix(), problems)


# --- and it notices -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE, ids=[row["found"] for row in TABLE])
def test_a_rule(row):
    for words in row["found"].split("; "):
        ((_, word, better),) = american(words)
        assert words.endswith(word) and not american(words.replace(word, better))
    assert not american(row["right"])


PLACES = [
    (".md", "# Title\n\nThe color of it\n"),
    (".md", "\n\n## 1 · Color and form"),
    (".md", "\n\n- **Color**-coded"),
    (".csv", 'term,meaning\na,b\nc,"A color, for short.",d'),
    (".yml", "a: b\n\n  label: Which color?"),
    (".py", "# %% [markdown]\n# `A\n# b` of a color."),
    (".py", "x = {\n    1: 'a',\n    2: 'b'}  # its color"),
    (".py", 'def f():\n    """A line.\n    The color."""'),
    (".py", "\n\n# %% fold='Color it'"),
    (".py", "\n\nplt.plot(x, label='a\\ncolor')"),
    (".py", "\n\nax.set_title('Color')"),
    (".py", "ck.show(\n    fig,\n    f'At {x:.2f} in color.'\n)"),
    (".py", "\n\nraise ValueError('No color, please.')"),
]


@pytest.mark.parametrize("kind, text", PLACES)
def test_found(kind, text):
    assert report("a", american(text, kind)).lower() == "a:3: write 'colour', not 'color'"


LEFT = [
    (".md", "`color` and ``a `color` ``\n```\ncolor\n```\n[a](color.md) $color$ <color> <code>color</code>"),
    (".md", "fit_center, color=, color.map, BatchNorm, LICENSE, https://host.example/color @color/x a/color"),
    (".md", 'The US Center for it, "Fiber optic", (Color), *On color* (2015) <!-- color -->'),
    (".py", "color = gray  # `color`\nx['color'] = {'color': f(color)}\nprint(f'A {color} of it')"),
    (".py", "ax.legend(loc='upper center')\nx == 'in color'\nTAGS = 'dd center'"),
]


@pytest.mark.parametrize("kind, text", LEFT)
def test_left_alone(kind, text):
    assert not american(text, kind)
