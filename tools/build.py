"""Build the notebooks from the sources, one way only.

python course.py build            everything that changed
python course.py build 03 09      only these chapters
python course.py build --check    change nothing; fail if a notebook is not what its source gives
python course.py build --force    execute every lesson and solution again
python course.py adopt 09         take edits made in the built notebooks of 09 into its source
"""

from __future__ import annotations

import argparse
import copy
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a script from anywhere

from tools import adopt  # noqa: E402
from tools.cells import SourceError  # noqa: E402
from tools.notebooks import (  # noqa: E402
    binder_link,
    colab_link,
    has_built_id,
    make_notebook,
    read_notebook,
    to_bytes,
    variant_cells,
    without_time,
)
from tools.pages import page_texts  # noqa: E402
from tools.sources import FOLDERS, Course, read_course, wanted  # noqa: E402
from tools.times import minutes  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
TABLE = ("<!-- chapters:begin -->", "<!-- chapters:end -->")
WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_TIMEOUT = 300
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


def build(root: Path, chapters: list[str], force: bool = False) -> list[Path]:
    """Write every notebook that is not what its source gives; returns the files written, and names each."""
    course = read_course(root)
    written = []

    def write(path: Path, content: bytes) -> None:
        if write_if_changed(path, content):
            written.append(path)
            print(f"wrote {path.relative_to(root).as_posix()}", flush=True)

    for variant, name in wanted(course, chapters):
        path = course.notebook_path(variant, name)
        notebook = make_notebook(variant_cells(course, variant, course.sources(variant)[name]))
        stored = read_notebook(path)
        if stored and not force and without_outputs(stored) != without_outputs(notebook):
            refuse_hand_edited(stored, notebook, path)
        if variant != "exercise" and (force or not copy_outputs(stored, notebook)):
            started = time.monotonic()
            execute(notebook, path, root)
            print(f"executed {FOLDERS[variant]}/{name}.ipynb in {time.monotonic() - started:.0f} s")
            if variant == "solution":
                print_refusals(notebook, path)
        write(path, to_bytes(notebook))
    for page, text in page_texts(course).items():
        write(root / "chapters" / page, text.encode())
    readme = root / "README.md"
    if readme.exists():
        write(readme, readme_text(course, readme).encode())
    return written


def check(root: Path, chapters: list[str]) -> list[str]:
    """One sentence for each file that is not what the sources give; executes and writes nothing."""
    course = read_course(root)
    problems = []
    for variant, name in wanted(course, chapters):
        path = course.notebook_path(variant, name)
        label = f"{FOLDERS[variant]}/{name}.ipynb"
        expected = make_notebook(variant_cells(course, variant, course.sources(variant)[name]))
        stored = read_notebook(path)
        advice = f"run: python course.py build {name.split('_')[0]}"
        if not path.exists():
            problems.append(f"{label} is missing; {advice}")
        elif stored is None:
            problems.append(f"{label} is not a readable notebook; {advice}")
        elif without_outputs(stored) != without_outputs(expected):
            problems.append(
                f"{label} is not what sources/{source_folder(variant)}/{name}.py gives; {advice}"
                f" (or adopt {name.split('_')[0]}, if the notebook was edited)"
            )
        elif variant == "exercise" and not stored_run_is_complete(stored, variant):
            problems.append(f"{label} has outputs, but an exercise is handed out blank; {advice}")
        elif not stored_run_is_complete(stored, variant):
            problems.append(f"{label} has not been executed as the build does it; {advice} --force")
    for path in strangers(course):
        problems.append(f"{path.relative_to(root).as_posix()} has no source in sources/; remove it")
    for page, text in page_texts(course).items():
        path = root / "chapters" / page
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            problems.append(f"chapters/{page} is not what the lessons give; run: python course.py build")
    readme = root / "README.md"
    if readme.exists() and readme_text(course, readme) != readme.read_text(encoding="utf-8"):
        problems.append("README.md has an old chapter table; run: python course.py build")
    return problems


def refuse_hand_edited(stored: nbformat.NotebookNode, notebook: nbformat.NotebookNode, path: Path) -> None:
    """Raise SourceError if a build would lose a text written into the notebook, as the cells' ids tell."""
    kept = {without_time(cell.source.strip("\n")) for cell in notebook.cells}
    for number, cell in enumerate(stored.cells, 1):
        text = cell.source.strip("\n")
        if text.strip() and not has_built_id(cell) and without_time(text) not in kept:
            chapter = path.stem.split("_")[0]
            raise SourceError(
                f"{path.parent.name}/{path.name}, cell {number} was edited in the notebook. Keep it with "
                f"'python course.py adopt {chapter}' or overwrite it with 'python course.py build {chapter} "
                "--force'."
            )


def source_folder(variant: str) -> str:
    return "chapters" if variant == "lesson" else "exercises"


def strangers(course: Course) -> list[Path]:
    """Notebooks without a source."""
    return [
        path
        for variant, folder in FOLDERS.items()
        for path in sorted((course.root / folder).glob("*.ipynb"))
        if path.stem not in course.sources(variant)
    ]


# --- outputs --------------------------------------------------------------------------------------


def without_outputs(notebook: nbformat.NotebookNode) -> dict:
    """A copy that shows only what must equal the source: no outputs, no execution counts."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def stored_run_is_complete(stored: nbformat.NotebookNode, variant: str) -> bool:
    """Were all cells run once, in order (an exercise: none)?"""
    cells = code_cells(stored)
    counts = [cell.execution_count for cell in cells]
    if variant == "exercise":
        return all(count is None for count in counts) and not any(cell.outputs for cell in cells)
    return counts == list(range(1, len(cells) + 1))


def copy_outputs(stored: nbformat.NotebookNode | None, notebook: nbformat.NotebookNode) -> bool:
    """Take over the stored outputs if the code cells are the same; says whether that was possible."""
    if stored is None or not stored_run_is_complete(stored, "lesson"):
        return False
    old, new = code_cells(stored), code_cells(notebook)
    if [cell.source for cell in old] != [cell.source for cell in new]:
        return False
    for old_cell, new_cell in zip(old, new, strict=True):
        new_cell.outputs, new_cell.execution_count = old_cell.outputs, old_cell.execution_count
    return True


def execute(notebook: nbformat.NotebookNode, path: Path, root: Path) -> None:
    """Run a notebook in its own folder and keep its outputs; raises SourceError if a cell fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    running = 0

    def remember(cell: nbformat.NotebookNode, cell_index: int) -> None:
        nonlocal running
        running = cell_index

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        record_timing=False,
        coalesce_streams=True,
        on_cell_start=remember,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    failure = None
    try:
        with tempfile.TemporaryDirectory() as ipython_folder:
            client.execute(env=kernel_environment(root, ipython_folder))
    except CellExecutionError as error:
        failure = f"raised {error.ename}: {error.evalue}"
    except CellTimeoutError:
        failure = f"took longer than {CELL_TIMEOUT} s."
    except DeadKernelError:
        failure = "ended the kernel (out of memory?)."
    if failure:
        lines = notebook.cells[running].source.strip().split("\n")
        place = f"{path.parent.name}/{path.name}, cell {running + 1} ({lines[0][:60]!r})"
        raise SourceError(f"{place} {failure}\nNothing was written for this notebook.")
    for cell in code_cells(notebook):
        if any(WIDGET in output.get("data", {}) for output in cell.outputs):
            cell.outputs = []  # a slider lives as long as its kernel; a stored one would be an empty box
    for output in (output for cell in code_cells(notebook) for output in cell.outputs):
        if output.output_type == "stream":  # what a check says on a slow or busy machine
            output.text = re.sub(r"^… Q\w+: still checking\n", "", output.text, flags=re.MULTILINE)
    notebook.metadata.pop("widgets", None)
    # nbclient asks the kernel for its language; only the name belongs into the repository.
    notebook.metadata.language_info = nbformat.from_dict({"name": "python"})


def print_refusals(notebook: nbformat.NotebookNode, path: Path) -> None:
    """What the checks of a solution say, where they do not accept it."""
    for number, cell in enumerate(notebook.cells, 1):
        said = "".join(output.get("text", "") for output in cell.get("outputs", []))
        for line in re.findall(r"^[✗·] Q\w+: .*", said, re.MULTILINE):
            print(f"{path.parent.name}/{path.name}, cell {number}: {line}")


def kernel_environment(root: Path, ipython_folder: str) -> dict[str, str]:
    """The kernel's environment: fixed threads, the repository's own coursekit, nobody's own settings."""
    personal = {"MPLBACKEND", "MATPLOTLIBRC", "NBGRADER_EXECUTION", "PYTHONWARNINGS", "COLUMNS", "LINES"}
    environment = {key: value for key, value in os.environ.items() if key not in personal}
    python_path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    fixed = {"PYTHONHASHSEED": "0", "PYTHONPATH": python_path, "IPYTHONDIR": ipython_folder}
    return environment | ONE_THREAD | fixed


# --- files ----------------------------------------------------------------------------------------


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write the file only if that changes it, in one step, so that an interruption leaves the old one."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)
    return True


def readme_text(course: Course, readme: Path) -> str:
    """The README with the chapter table of today between its two markers."""
    text = readme.read_text(encoding="utf-8")
    if TABLE[0] not in text or TABLE[1] not in text:
        return text
    before, rest = text.split(TABLE[0], 1)
    after = rest.split(TABLE[1], 1)[1]
    return f"{before}{TABLE[0]}\n{chapter_table(course)}\n{TABLE[1]}{after}"


def chapter_table(course: Course) -> str:
    """One line for each lesson, with its minutes and, if there are any, those of its exercises."""
    lines = ["| Chapter | Minutes | Exercises | Solutions | Open in |", "|---|---|---|---|---|"]
    for name, lesson in course.lessons.items():
        others = [
            f"[{label}]({FOLDERS[variant]}/{name}.ipynb)" if name in course.exercises else ""
            for variant, label in (("exercise", "exercises"), ("solution", "solutions"))
        ]
        file = f"chapters/{name}.ipynb"
        opened = f"[Colab]({colab_link(course, file)}) · [Binder]({binder_link(course, file)})"
        cells = [
            f"[{lesson.title}]({file})",
            "\u00a0+\u00a0".join(map(str, minutes(course, name))),
            *others,
            opened,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# --- the command ----------------------------------------------------------------------------------


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command; returns its exit status."""
    try:
        if arguments[:1] == ["adopt"]:
            return adopt.main(arguments[1:], root)
        parser = argparse.ArgumentParser(prog="course.py build", description="Build the notebooks.")
        parser.add_argument("chapters", nargs="*", metavar="NN", help="chapters to build (none: all)")
        parser.add_argument("--check", action="store_true", help="change nothing, fail if something is old")
        parser.add_argument(
            "--force", action="store_true", help="execute also what is unchanged, overwrite edits"
        )
        options = parser.parse_args(arguments)
        if options.check:
            problems = check(root, options.chapters)
            print("\n".join(problems) or "All notebooks are what their sources give.")
            return 1 if problems else 0
        if not build(root, options.chapters, options.force):
            print("Nothing to do.")
        return 0
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
