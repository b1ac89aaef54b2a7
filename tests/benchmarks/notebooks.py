"""Seconds and peak memory of each lesson and solution, as a table.

.venv/bin/python tests/benchmarks/notebooks.py [09 …]
"""

import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.build import kernel_environment  # noqa: E402

# The highest memory a kernel has ever held, in MB; Linux counts in kilobytes, macOS in bytes.
PEAK = """
import sys
if sys.platform == "win32":
    import psutil
    print(psutil.Process().memory_info().peak_wset / 1e6)
else:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
"""


def measure(path):
    """(seconds from kernel start to the last cell, peak memory in MB) of one run of a notebook."""
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(PEAK))
    client = NotebookClient(
        nb,
        timeout=600,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    with tempfile.TemporaryDirectory() as ipython_folder:
        started = time.perf_counter()
        client.execute(env=kernel_environment(ROOT, ipython_folder))
    return time.perf_counter() - started, float(nb.cells[-1].outputs[0].text)


def main(chapters):
    print("| notebook | seconds | peak MB |\n|---|---:|---:|")
    for folder in ("chapters", "solutions"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            if not chapters or path.name.split("_")[0] in chapters:
                seconds, megabytes = measure(path)
                print(f"| {folder}/{path.name} | {seconds:.1f} | {megabytes:,.0f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
