"""What a tag must agree with before it is published, and what is published with it.

  python tools/release.py v1.0.0      print the notes of this release from CHANGELOG.md

Standard library only: the workflow that publishes a release runs it before anything is installed.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADING = re.compile(r"^## \[(?P<version>\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)


def newest(changelog: str) -> tuple[str, str]:
    """The version of the first release in a changelog, and what stands under its heading.

    Raises ValueError where there is no heading like `## [1.0.0] - 2026-11-29`.
    """
    heading = HEADING.search(changelog)
    if heading is None:
        raise ValueError("CHANGELOG.md has no heading like: ## [1.0.0] - 2026-11-29")
    rest = re.split(r"^## ", changelog[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    return heading["version"], rest.strip()


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
