"""The blank project of chapter 27, as a reader gets it: its own tests pass, its notebook runs, and its
commands do what its README says, also when what they are given is wrong."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
ONE = {"tenure": 3, "monthly_charges": 70.5, "contract": "Month-to-month"}


@pytest.fixture
def project(tmp_path):
    """A copy of the folder, without what somebody's tries have left in it."""
    folder = tmp_path / "project"
    shutil.copytree(
        ROOT / "project", folder, ignore=shutil.ignore_patterns("models", "log.db*", "__pycache__")
    )
    return folder


def run(folder, *command):
    """Run Python in the folder, as its README says; returns the finished process."""
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120
    )


@pytest.fixture
def service(project):
    """The service of the project in a process of its own: (address, process)."""
    trained = run(project, "train.py")
    assert trained.returncode == 0, trained.stderr
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    command = [sys.executable, "serve.py", "--port", "0", "--with-parent"]
    process = subprocess.Popen(command, cwd=project, **options)
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_its_own_tests_pass(project):
    done = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed in ", done.stdout)


def test_its_notebook_runs_from_top_to_bottom(project):
    notebook = nbformat.read(project / "project.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # blank, as everybody gets it
    NotebookClient(notebook, resources={"metadata": {"path": str(project)}}, timeout=120).execute()
    streams = [o for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream"]
    assert not [stream.text for stream in streams if stream.name == "stderr"]
    assert (project / "models" / "v001" / "passport.json").exists()


def test_versions_wait_are_promoted_and_taken_back(project):
    said = [run(project, "train.py", *more).stdout for more in ([], [], ["--promote"], ["--roll-back"])]
    ends = [
        "In use is v001 now.",
        "compares both and decides).",
        "In use is v003 now.",
        "In use is v001 again.",
    ]
    assert [text.strip().endswith(end) for text, end in zip(said, ends, strict=True)] == [True] * 4
    once_more = run(project, "train.py", "--roll-back")
    assert (once_more.returncode, once_more.stderr.strip()) == (
        1,
        "There is no earlier version to go back to.",
    )


def test_the_service_answers_refuses_and_is_reported_on(project, service):
    url, process = service
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        assert client.get("/health").json() == {"status": "ok", "version": "v001"}
        assert [client.post("/predict", json=ONE).json()["id"] for _ in range(3)] == [1, 2, 3]
        wrong = client.post("/predict", json=ONE | {"tenure": -3, "contract": "for life"})
        assert wrong.status_code == 422
        assert {fault["field"] for fault in wrong.json()["errors"]} == {"body.tenure", "body.contract"}
        assert "for life" not in wrong.text
        run(project, "train.py", "--promote")
        assert client.get("/health").json()["version"] == "v002"  # without a new start
        assert client.post("/predict", json=ONE).json()["version"] == "v002"
        few = run(project, "monitor.py")
        assert (few.returncode, few.stderr[:18]) == (1, "Only 1 predictions")
        for _ in range(60):
            client.post("/predict", json=ONE)
    report = run(project, "monitor.py")
    assert report.stdout.splitlines()[0] == "predictions: 61"  # by the version in use
    assert report.stdout.splitlines()[-1] == "alarm: False"
    assert (report.returncode, report.stderr) == (0, "")


def test_the_service_ends_with_the_notebook_that_started_it(service):
    _, process = service
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_ends_the_service_without_a_traceback(project):
    run(project, "train.py")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "serve.py", "--port", "0"], cwd=project, **pipes)
    try:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert "Traceback" not in said
    finally:
        process.kill()


def test_a_port_in_use_gets_one_sentence(project, service):
    url, _ = service
    done = run(project, "serve.py", "--port", url.rpartition(":")[2])
    assert done.returncode == 1
    assert re.fullmatch(r"Port \d+ cannot be used \(.*\): choose another with --port\.\n", done.stderr)


def test_without_predictions_the_monitor_says_so(project):
    done = run(project, "monitor.py")
    assert done.returncode == 1
    assert done.stderr.startswith("No predictions yet")


def test_a_group_on_both_sides_of_the_test_stops_the_training(project):
    model = project / "model.py"
    text = model.read_text(encoding="utf-8")
    mixed = text.replace(
        'table["group"] = range(len(table))', 'table["group"] = [i // 7 for i in range(len(table))]'
    )
    assert mixed != text
    mixed = mixed.replace(
        'table["is_test"] = table["group"] % 5 == 0', 'table["is_test"] = table.index % 5 == 0'
    )
    model.write_text(mixed, encoding="utf-8")
    done = run(project, "train.py")
    assert done.returncode == 1
    assert "groups have cases on both sides of the test" in done.stderr
    assert not (project / "models").exists()


def test_after_a_change_of_the_fields_the_old_version_does_not_answer_and_a_new_one_can_follow(project):
    """The first version is of the table that comes with the folder: it must not stand in the reader's way."""
    assert run(project, "train.py").returncode == 0
    model = project / "model.py"
    text = model.read_text(encoding="utf-8")
    own = text.replace('    monthly_charges: float = Field(ge=0, le=10_000, description="dollars")\n', "")
    own = own.replace(
        "return DummyClassifier()", "return make_pipeline(OneHotEncoder(), LogisticRegression())"
    )
    own = own.replace(
        "import coursekit as ck",
        "import coursekit as ck\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import OneHotEncoder",
    )
    assert own.count("OneHotEncoder") == 2 and "monthly_charges" not in own
    model.write_text(
        own.replace("OneHotEncoder()", 'OneHotEncoder(handle_unknown="ignore")'), encoding="utf-8"
    )
    assert run(project, "train.py").stdout.strip().endswith("compares both and decides).")
    promoted = run(project, "train.py", "--promote")
    assert promoted.returncode == 0, promoted.stdout + promoted.stderr
    assert (
        "In use is v003 now. (v001 has other fields, so v003 was compared with no model.)" in promoted.stdout
    )


def test_a_damaged_version_in_use_is_named_and_the_service_goes_on_with_the_one_it_has(project, service):
    url, _ = service
    run(project, "train.py", "--promote")
    (project / "models" / "v002" / "model.joblib").write_bytes(b"damaged")
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        assert client.get("/health").json()["version"] == "v001"
    done = run(project, "train.py", "--promote")
    assert (done.returncode, "--roll-back" in done.stderr) == (1, True)
