"""The issue forms are what GitHub takes, and the link in each title cell fills the right field."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.reading import NOTEBOOKS, ROOT, notebook

FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
KINDS = {"checkboxes", "dropdown", "input", "markdown", "textarea"}


def form(name):
    return yaml.safe_load((FORMS / name).read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(path.name for path in FORMS.glob("*.yml") if path.stem != "config"))
def test_form(name):
    content = form(name)
    assert content["name"] and content["description"] and content["body"]
    assert {field["type"] for field in content["body"]} <= KINDS
    assert all(field["attributes"]["label"] for field in content["body"])
    ids = [field["id"] for field in content["body"]]
    assert len(set(ids)) == len(ids)


def test_contributing_names_every_label():
    """GitHub drops a label that does not exist, so a fork must make them."""
    labels = {label for path in FORMS.glob("*.yml") for label in form(path.name).get("labels", [])}
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert labels and [label for label in labels if f"`{label}`" not in text] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_link_in_the_title_cell(name):
    [link] = re.findall(r"\[Report a mistake\]\((\S+)\)", notebook(name).cells[0].source)
    asked = {key: value for key, [value] in parse_qs(urlsplit(link).query).items()}
    fields = {field["id"] for field in form(asked.pop("template"))["body"]}
    assert asked.keys() <= fields
    folder, file = name.split("/")
    assert asked == {"chapter": f"{file[:2]}, {folder}"}


def test_citation_names_version_day_and_address():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["title"] == (ROOT / "README.md").read_text("utf-8").split("\n")[0].removeprefix("# ")
    found = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert citation["version"] == found[1], "give CITATION.cff pyproject.toml's version"
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    day = citation["date-released"]
    assert f"## [{found[1]}] - {day}\n" in changelog, "give CITATION.cff the day of CHANGELOG.md's heading"
    assert citation["repository-code"].startswith("https://github.com/")
    how = changelog.partition("## How a release is made")[2]
    assert "`pyproject.toml`" in how and "`CITATION.cff`" in how
