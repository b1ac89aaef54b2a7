"""How pytest runs the notebooks: nbval executes each cell and compares it with what is stored, and this adds:

- `comparison.py` compares, so that numbers may differ a little; the cell tag `rtol=0.1` widens that.
- A lesson's cells run twice in a row, as a reader runs them, and show the same both times; the tag `once`
  spares a cell that is there to remember.
- A cell that writes to stderr fails. In a blank exercise each check cell says "not attempted".
- Kernels run as in the build (same settings, one thread), and can reach no other computer (`offline/`).
- When a notebook has run, the processes that it started are gone (`test_processes.py` kills kernels besides).
- A `;` at the end of a cell silences it, as it does in JupyterLab (nbval's issue 194).
- The closing lines say what a learner can do about skipped browser tests and about cells that differ.
"""

import functools
import os
import platform
import re
import sys
import tempfile
import textwrap
import tomllib
from pathlib import Path

import nbval.kernel
import psutil
import pytest
from nbval.kernel import start_new_kernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.comparison import RTOL, differences  # noqa: E402
from tools.build import kernel_environment  # noqa: E402

DIFFERS = "Cell outputs differ"  # nbval's words


def pytest_configure(config):
    """Replace the parts of nbval that the course needs different."""
    ipython_folder = tempfile.TemporaryDirectory(prefix="course-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(ipython_folder.cleanup)
    nbval.kernel.start_new_kernel = functools.partial(
        start_kernel, env=offline_environment(ipython_folder.name), extra_arguments=["--log-level=ERROR"]
    )
    nbval.kernel.RunningKernel.execute_cell_input = execute_with_history
    IPyNbCell.compare_outputs = compare_outputs
    IPyNbCell.repr_failure = describe_failure
    IPyNbFile.teardown = stop_kernel
    # nbval looks for the file when a notebook's turn comes, wherever the tests before have led.
    config.option.nbval_sanitize_with = str(ROOT / config.option.nbval_sanitize_with)


def start_kernel(*args, **kwargs):
    """A kernel and its client. About one kernel in some hundred lives and never answers: try another then."""
    try:
        return start_new_kernel(*args, **kwargs)
    except RuntimeError:
        return start_new_kernel(*args, **kwargs)


def stop_kernel(notebook):
    """End the kernel as Jupyter does; whatever the notebook started has a moment to notice, and must."""
    if notebook.kernel is None or not notebook.kernel.is_alive():
        return
    started = psutil.Process(notebook.kernel.km.provisioner.pid).children(recursive=True)
    notebook.kernel.stop()
    left = psutil.wait_procs(started, timeout=30)[1]
    if left:
        raise RuntimeError(f"{notebook.path.name} has ended and left running: {list(map(str, left))}")


def offline_environment(ipython_folder):
    """The environment of a test kernel: that of the build, and the guard against network use."""
    environment = kernel_environment(ROOT, ipython_folder)
    offline = str(ROOT / "tests" / "offline")
    return environment | {"PYTHONPATH": os.pathsep.join([offline, environment["PYTHONPATH"]])}


def execute_with_history(kernel, cell_input, allow_stdin=None):
    """Run a cell. With its history IPython sees the `;` at its end; nbval leaves the history out."""
    return kernel.kc.execute(cell_input, store_history=True, allow_stdin=False, stop_on_error=False)


def compare_outputs(cell, fresh, stored, skip_compare=None):
    """Does the cell show what is stored? nbval reports `comparison_traceback` if not."""
    rtol = max([RTOL, *(float(tag.removeprefix("rtol=")) for tag in tags(cell) if tag.startswith("rtol="))])
    cell.comparison_traceback = differences(cell.sanitize_outputs(stored), cell.sanitize_outputs(fresh), rtol)
    return not cell.comparison_traceback


def tags(cell):
    return cell.cell.metadata.get("tags", [])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After a cell has run as nbval wants it, look at what nbval does not look at."""
    result = yield
    if isinstance(item, IPyNbCell):
        require_no_stderr(item)
        if item.path.parent.name == "chapters" and "once" not in tags(item):
            run_again(item)
        if item.path.parent.name == "exercises" and item.cell.metadata.get("nbgrader", {}).get("grade"):
            require_not_attempted(item)
    return result


def run_again(cell):
    """A reader presses Shift-Enter twice: nothing may fail, and nothing come out differently."""
    try:
        cell.runtest()
    except NbCellError as error:
        cell.raise_cell_error(
            "the first run is right, the second is not; let the cell change nothing that it reads",
            f"{error}\n{error.inner_traceback or ''}",
        )
    require_no_stderr(cell)


def require_no_stderr(cell):
    for output in cell.test_outputs:
        if output.output_type == "stream" and output.name == "stderr":
            cell.raise_cell_error(
                "the cell writes to stderr (a red box for the reader); fix the cause", output.text
            )


def require_not_attempted(cell):
    """The check cell of an untouched exercise says one line, and that it is untouched."""
    expected = f"· {cell.cell.metadata.nbgrader.grade_id.upper()}: not attempted"
    said = "".join(output.get("text", "(an output that is not text)") for output in cell.test_outputs)
    if said.strip() != expected:
        cell.raise_cell_error(f"the blank exercise must say '{expected}'", f"It says: {said}")


def describe_failure(cell, excinfo):
    """What pytest prints of a failed cell: the place as JupyterLab counts, the code, what is wrong."""
    error = excinfo.value
    if not isinstance(error, NbCellError):
        return f"{cell.path.parent.name}/{cell.path.name}, In [{cell.cell_num + 1}]: {error!r}"
    place = f"{cell.path.parent.name}/{cell.path.name}, In [{cell.cell_num + 1}]: {error}"
    return "\n".join([place, "", textwrap.indent(error.source, "    "), "", error.inner_traceback or ""])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Before pytest's last line: what to do about a missing browser and about cells that differ."""
    result = yield
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
    if browser := sum("no Chromium or Chrome" in str(reason) for reason in skipped):
        terminalreporter.write_line(
            f"{browser} tests want a browser and were skipped. `sudo apt-get install chromium` brings them "
            "(Debian; elsewhere Chromium or Chrome, found on the PATH as chromium or google-chrome)."
        )
    failed = terminalreporter.stats.get("failed", []) + terminalreporter.stats.get("error", [])
    differ = [report for report in failed if is_a_cell_that_differs(report)]
    if differ:
        terminalreporter.write_line(
            f"Notebook cells that ran but show other values than are stored: {len(differ)}. The installation "
            "works. Unless you changed something, please report the lines above, and this one, at "
            f"{issues_address()}: {this_computer()}"
        )
    return result


def is_a_cell_that_differs(report):
    return ".ipynb" in report.nodeid and f": {DIFFERS}" in str(report.longrepr)


def issues_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return f"{project['urls']['Repository']}/issues"


def this_computer():
    """Processor, system and Python in one line."""
    try:
        processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):  # no Linux, or a Linux that does not name its processor
        processor = platform.processor()
    return f"{processor}, {platform.platform()}, Python {platform.python_version()}"
