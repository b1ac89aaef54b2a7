"""Servers and workers that a lesson starts are gone when its kernel is killed, or interrupted, in the middle.

(That they are gone after an ordinary end is looked at for every notebook: `stop_kernel` in notebooks.py.)
"""

import os
import re
import time
import uuid

import nbformat
import psutil
import pytest
from jupyter_client import KernelManager

from tests.notebooks import ROOT, offline_environment

CASES = [  # a lesson, and the first cell that has started the processes in question or is just starting them
    ("10_spam_service", r"^url = start\(\)"),
    ("24_versions_and_registry", r"^monday = in_new_process\("),
    ("25_scaling_out", r"^weights, held = run_fleet\("),  # scheduler, two workers, and one of them is dying
    ("27_capstone", r"^A_url = start\(A\)"),
]


def with_mark(mark):
    """The living processes with the mark in their environment: the kernel, and all that descend from it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("COURSE_MARK") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:  # somebody else's, or just ended
            pass
    return found


def run_until(manager, client, name, pattern, mark):
    """Run a lesson's cells up to the named one; return how many processes are at work when that has begun."""
    cells = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells
    for cell in cells:
        if cell.cell_type != "code":
            continue
        if re.search(pattern, cell.source, re.MULTILINE):
            client.execute(cell.source)
            deadline = time.monotonic() + 120
            while len(with_mark(mark)) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)  # into the middle of whatever it does
            return len(with_mark(mark)) - 1
        reply = client.execute_interactive(cell.source, timeout=240, output_hook=lambda message: None)
        assert reply["content"]["status"] == "ok", reply["content"]
    raise AssertionError(f"{name} has no cell with {pattern}: adapt the test")


@pytest.mark.skipif(os.name == "nt", reason="no such signal on Windows")
@pytest.mark.parametrize("end", ["killed", "interrupted and restarted"])
@pytest.mark.parametrize(("name", "pattern"), CASES)
def test_nothing_is_left_running(tmp_path, name, pattern, end):
    mark = uuid.uuid4().hex
    manager = KernelManager(kernel_name="python3")
    environment = offline_environment(str(tmp_path)) | {"COURSE_MARK": mark}
    manager.start_kernel(env=environment, cwd=str(ROOT / "chapters"), extra_arguments=["--log-level=ERROR"])
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        assert run_until(manager, client, name, pattern, mark) >= 1
        if end == "killed":
            psutil.Process(manager.provisioner.pid).kill()
        else:
            manager.interrupt_kernel()
            manager.shutdown_kernel()
        left = psutil.wait_procs(with_mark(mark), timeout=30)[1]
        assert not [process for process in left if process in with_mark(mark)]
    finally:
        client.stop_channels()
        for process in with_mark(mark):
            process.kill()
        manager.shutdown_kernel(now=True)
