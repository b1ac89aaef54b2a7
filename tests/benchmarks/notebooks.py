"""CPU seconds and peak memory of each lesson and solution, written to notebooks.md beside this file.

.venv/bin/python tests/benchmarks/notebooks.py        (half an hour, on Linux or macOS)
.venv/bin/python tests/benchmarks/notebooks.py 09 20  (only prints these chapters' lines)

All processes that a notebook starts are counted with it: DataLoader's workers, Dask, servers.
"""

import os
import platform
import re
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.build import kernel_environment  # noqa: E402

# CPU seconds of the kernel, of its processes that still run, and of those that ended and were waited for.
CPU = """
import psutil
kernel = psutil.Process()
print(sum(sum(each.cpu_times()[:4]) for each in [kernel, *kernel.children(recursive=True)]))
"""


def memory(process):
    """MB of a process. A page that several share counts in parts on Linux, elsewhere not at all."""
    try:
        held = process.memory_full_info()
    except psutil.Error:  # it has just ended
        return 0.0
    return getattr(held, "pss", held.uss) / 1e6


class Peak(threading.Thread):
    """The most MB that all processes started from here held together, looked at four times a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.megabytes, self.over = 0.0, threading.Event()

    def run(self):
        while not self.over.wait(0.25):
            held = sum(memory(process) for process in psutil.Process().children(recursive=True))
            self.megabytes = max(self.megabytes, held)


def measure(path):
    """(CPU seconds, peak MB) of one run of a notebook, the start of its kernel included."""
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(CPU))
    client = NotebookClient(
        nb,
        timeout=600,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    peak = Peak()
    peak.start()
    with tempfile.TemporaryDirectory() as ipython_folder:
        client.execute(env=kernel_environment(ROOT, ipython_folder))
    peak.over.set()
    peak.join()
    return float(nb.cells[-1].outputs[0].text), peak.megabytes


def processor():
    """The name of the processor, as the system gives it."""
    if sys.platform == "linux":
        named = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        if named:
            return named[1]
    return platform.processor() or platform.machine()


HEADING = """# What each notebook costs to run

Made by `tests/benchmarks/notebooks.py` on {day}, with {processor}, {cores} cores, {system}, Python {python}.
CPU seconds are summed over the cores and over all processes that a notebook starts, the start of its
kernel included. The memory is the most that they held together.

| notebook | CPU seconds | peak MB |
|---|---:|---:|
"""


def main(chapters):
    page = HEADING.format(
        day=time.strftime("%Y-%m-%d"),
        processor=processor(),
        cores=os.cpu_count(),
        system=platform.system(),
        python=platform.python_version(),
    )
    for folder in ("chapters", "solutions"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            if chapters and path.name.split("_")[0] not in chapters:
                continue
            seconds, megabytes = measure(path)
            line = (
                f"| [{folder}/{path.stem}](../../{folder}/{path.name}) | {seconds:.0f} | {megabytes:,.0f} |\n"
            )
            print(line, end="", flush=True)
            page += line
    if not chapters:
        Path(__file__).with_suffix(".md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
