"""Links inside the repository lead somewhere, and badges name the repository's URL of pyproject.toml."""

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from tests.reading import NOTEBOOKS, ROOT, without_code

URL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
PAGES = [
    "README.md",
    "FAQ.md",
    "chapters/glossary.md",
    "chapters/index.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "data/README.md",
    "project/README.md",
    "service/README.md",
    *(f"classroom/{path.name}" for path in (ROOT / "classroom").glob("*.md")),
]
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|\b(?:href|src)=[\"']([^\"']+)[\"']")
BADGE = re.compile(
    r"https://mybinder\.org/v2/gh/(?P<binder>[^/]+/[^/]+)/HEAD\?urlpath=lab/tree/(?P<binder_file>[^)\s]+)"
    r"|https://colab\.research\.google\.com/github/(?P<colab>[^/]+/[^/]+)/blob/main/(?P<colab_file>[^)\s]+)"
)


def markdown(path):
    """The text of a page; of a notebook, all its markdown cells."""
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    nb = nbformat.read(path, as_version=4)
    return "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


def broken_links(path, root):
    """The links of a page that lead nowhere in the repository; links to elsewhere are not tried."""
    found = [first or second for first, second in LINK.findall(without_code(markdown(path)))]
    return [link for link in found if not leads_somewhere(link, path, root)]


def leads_somewhere(link, path, root):
    for start in (f"{URL}/blob/main/", f"{URL}/tree/main/"):
        if link.startswith(start):
            return (root / unquote(link.removeprefix(start)).partition("#")[0]).exists()
    if re.match(r"[a-z]+:", link):
        return True
    target, _, anchor = unquote(link).partition("#")
    page = (path.parent / target).resolve() if target else path
    if not page.exists() or not page.is_relative_to(root):
        return False
    return not anchor or page.suffix in (".md", ".ipynb") and anchor in anchors(page)


def anchors(page):
    """What a link can name behind `#`: ids, cells, and headings as GitHub and JupyterLab name them."""
    text = without_fences(markdown(page))
    headings = [
        re.sub(r"[`*]|\]\([^)]*\)|\[", "", h).strip() for h in re.findall(r"^#+ +(.*)", text, re.MULTILINE)
    ]
    explicit = re.findall(r"<\w+ [^>]*\b(?:id|name)=[\"']([^\"']+)", text)
    if page.suffix == ".ipynb":
        explicit += [f"cell-id={cell.id}" for cell in nbformat.read(page, as_version=4).cells]
        return {*explicit, *(heading.replace(" ", "-") for heading in headings)}
    return {*explicit, *(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)}


def without_fences(text):
    return re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)


def badges(path):
    """The (repository's owner/name, file) of every Binder and Colab link of a page."""
    text = markdown(path)
    return [(m["binder"] or m["colab"], m["binder_file"] or m["colab_file"]) for m in BADGE.finditer(text)]


@pytest.mark.parametrize("name", [*PAGES, *NOTEBOOKS])
def test_links(name):
    broken = broken_links(ROOT / name, ROOT)
    assert not broken, f"{name}: these links lead nowhere: {', '.join(broken)}"


@pytest.mark.parametrize("name", [*PAGES, *NOTEBOOKS])
def test_no_picture_comes_from_another_server(name):
    """It would be asked at each opening, and learn who reads."""
    assert re.findall(r"!\[[^\]]*\]\(https?:[^)]*\)|<img[^>]*https?:[^>]*>", markdown(ROOT / name)) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_badges_of_a_notebook_open_this_notebook(name):
    expected = (URL.removeprefix("https://github.com/"), name)
    assert badges(ROOT / name) == [expected, expected], f"run: python course.py build {Path(name).name[:2]}"


def test_badges_of_the_readme_open_notebooks_of_this_repository():
    found = badges(ROOT / "README.md")
    assert found
    assert {repository for repository, _ in found} == {URL.removeprefix("https://github.com/")}
    assert [file for _, file in found if not (ROOT / file).exists()] == []


# --- and it notices -------------------------------------------------------------------------------


SHEETS = "# Data sheets\n\n## `raw_mails`, as they came\n```\n# no heading\n```\n"


@pytest.fixture
def root(tmp_path):
    """A small repository."""
    (tmp_path / "data").mkdir()
    (tmp_path / "LICENSE").write_text("MIT")
    (tmp_path / "data" / "README.md").write_text(SHEETS)
    cell = nbformat.v4.new_markdown_cell('# 3 · Splitting\n<a id="here"></a>\n\n## By time')
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "03.ipynb")
    return tmp_path


GOOD = [
    "[a](LICENSE)",
    '[a](LICENSE "a title")',
    "[a](data/)",
    "[a](./data/README.md#data-sheets)",
    "[a](data/README.md#raw_mails-as-they-came)",
    "[a](03.ipynb#By-time)",
    "[a](03.ipynb#here)",
    "[a](#top)",
    '<img src="LICENSE">',
    f"[a]({URL}/blob/main/LICENSE)",
    "[a](https://host.example/nothing)",
    "`[a](nothing)`",
]
BAD = [
    "[a](nothing)",
    "[a](../LICENSE)",
    "![a](data/nothing.png)",
    "[a](data/README.md#nothing)",
    "[a](data/README.md#no-heading)",
    "[a](03.ipynb#by-time)",
    "[a](#nothing)",
    '<img src="nothing">',
    f"[a]({URL}/blob/main/nothing)",
]


@pytest.mark.parametrize("link", GOOD)
def test_good_link(root, link):
    (root / "README.md").write_text(f"# Top\n\nSee {link}.\n")
    assert broken_links(root / "README.md", root) == []


@pytest.mark.parametrize("link", BAD)
def test_broken_link(root, link):
    (root / "README.md").write_text(f"# Top\n\nSee {link}.\n")
    assert len(broken_links(root / "README.md", root)) == 1


def test_other_badges_are_told_apart(root):
    page = root / "README.md"
    page.write_text("[b](https://colab.research.google.com/github/else/where/blob/main/chapters/03.ipynb)")
    assert badges(page) == [("else/where", "chapters/03.ipynb")]
