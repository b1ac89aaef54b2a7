"""`.ci/run` runs the tests as if on an old processor. Here each library says itself that it obeys.

A setting that a new release no longer knows would be ignored without a word, and the tests prove little.
"""

import json
import os
import platform
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks import offline_environment

ROOT = Path(__file__).resolve().parents[1]
X86_LINUX = sys.platform == "linux" and platform.machine() == "x86_64"
OLD = {"OpenBLAS": ["Nehalem"], "NumPy": [], "PyTorch": "DEFAULT", "oneDNN": "Intel SSE4.1"}

# What the libraries say they compute with. OpenBLAS stands twice in the process, for NumPy and for SciPy.
# (MKL, PyTorch's other library, tells its choice on processors of Intel only, so it is not asked.)
REPORT = """
import json
import numpy, scipy.linalg, threadpoolctl, torch

libraries = [lib for lib in threadpoolctl.threadpool_info() if lib["internal_api"] == "openblas"]
print(json.dumps({
    "OpenBLAS": sorted({library["architecture"] for library in libraries}),
    "NumPy": numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", []),
    "PyTorch": torch.backends.cpu.get_cpu_capability(),
}), flush=True)
with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):  # prints "…,cpu,isa:Intel …" itself
    torch.nn.functional.conv2d(torch.ones(32, 16, 64, 64), torch.ones(32, 16, 3, 3))
"""


def settings():
    """The variables that .ci/run exports for the tests of an old processor."""
    lines = re.findall(r"^    export (\w+)=(.*)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    return {name: shlex.split(value)[0] for name, value in lines}


def report(environment):
    """What a new Python process with these variables says that its libraries compute with."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT], env=environment, capture_output=True, text=True, check=True
    )
    first, *verbose = done.stdout.splitlines()
    isa = [line.rpartition("cpu,isa:")[2] for line in verbose if "cpu,isa:" in line]
    return json.loads(first) | {"oneDNN": isa[0] if isa else "not said"}


@pytest.mark.skipif(not X86_LINUX, reason="the settings of .ci/run are for x86-64 processors under Linux")
def test_every_library_in_a_notebook_computes_as_on_an_old_processor(monkeypatch, tmp_path):
    if os.environ.get("COURSE_OLD_PROCESSOR") != "1":  # not in .ci/run: only try its settings
        for name, value in settings().items():
            monkeypatch.setenv(name, value)
    assert {name: os.environ.get(name) for name in settings()} == settings()
    assert report(offline_environment(str(tmp_path))) == OLD
