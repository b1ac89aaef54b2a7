"""What a tag must agree with before it is published, and what is published with it.

  python tools/release.py v1.0.0      print the notes of this release from CHANGELOG.md

Standard library only: the workflow that publishes a release runs it before anything is installed.
"""

import re
import sys
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADING = re.compile(r"## \[(?P<version>\d+\.\d+\.\d+)\] - (?P<date>\d{4}-\d\d-\d\d)")


def newest(changelog: str) -> tuple[str, str]:
    """The version in a changelog's first heading but `## [Unreleased]`, and what stands under it.

    Raises ValueError where that heading is not like `## [1.0.0] - 2026-11-29`.
    """
    _, *parts = re.split(r"^(?=## )", changelog, flags=re.MULTILINE)
    parts = [part.partition("\n") for part in parts if not part.startswith("## [Unreleased]")]
    first, _, text = parts[0] if parts else ("", "", "")
    heading = HEADING.fullmatch(first.rstrip())
    if heading is None or not is_a_day(heading["date"]):
        raise ValueError(f"CHANGELOG.md's first heading is {first!r}: write it like ## [1.0.0] - 2026-11-29")
    return heading["version"], text.strip()


def is_a_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def notes(tag: str, root: Path = ROOT) -> str:
    """The notes of the release that a tag stands for; raises ValueError where the tag does not fit."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    heading, text = newest((root / "CHANGELOG.md").read_text("utf-8"))
    if not tag == f"v{version}" == f"v{heading}":
        raise ValueError(
            f"The tag is {tag}, pyproject.toml says {version}, and CHANGELOG.md's newest heading {heading}: "
            "make them the same, and set the tag again."
        )
    if not text:
        raise ValueError(f"CHANGELOG.md says nothing about {version}: write what has changed.")
    return text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say which tag, for example: python tools/release.py v1.0.0")
    try:
        print(notes(sys.argv[1]))
    except ValueError as error:
        sys.exit(str(error))
