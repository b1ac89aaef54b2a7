"""`python course.py site`: make the website of all lessons in build/site, and try every link of it.

Nothing is executed: the pages show the outputs that the notebooks store. The pages need no server and ask no
other one for anything: open build/site/index.html, or serve the folder.
"""

import shutil
import sys
from pathlib import Path

from links import problems
from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parents[2]


def main(site: Path) -> int:
    """Make the pages in the folder `site`; 1 if Sphinx warns or a link leads nowhere."""
    cache = site.with_name("site-cache")
    for old in (site, cache):  # no page of a chapter that is gone, none as an older tool made it
        shutil.rmtree(old, ignore_errors=True)
    settings = ["-c", str(Path(__file__).parent), "-d", str(cache)]
    code = build_main(["-q", "-W", "--keep-going", *settings, str(ROOT), str(site)])
    if code:
        return code
    shutil.copyfile(site / "README.html", site / "index.html")
    found = problems(site)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print("Correct these in sources/ or in the pages, and make the site again.", file=sys.stderr)
        return 1
    print(f"The site is ready: {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "site"))
