"""Run the cells of one hand-in in a container of its own (`python course.py classroom grade … --container`).

Only this one step of grading runs students' code. The notebook goes in through the container's input and
comes back through its output: the container sees no other hand-in, no gradebook and no network, and can write
nothing but its own memory. This file is both ends: outside `execute`, inside the script at the bottom.
"""

import os
import secrets
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
from nbformat.v4 import new_output

REPOSITORY = Path(__file__).resolve().parents[1]
ENGINES = "podman", "docker"
SECONDS = 900  # for a whole hand-in; each cell has its 60 s besides
MEMORY, PROCESSES = "2g", 256  # no lesson or exercise needs 1.5 GB
BYTES = 64 * 1024**2  # a notebook that comes back larger is not read to its end
LOST = "The container stopped before the notebook was through (time, memory or size); nothing counts."


class NoContainer(Exception):
    """No container can be started here; the text says what to do."""


def find_engine(image: str) -> str:
    """The path of podman or docker, with the image there; raises NoContainer otherwise."""
    if os.name == "nt":
        raise NoContainer("--container needs Linux or macOS; on Windows run the command inside WSL.")
    engine = next(filter(None, map(shutil.which, ENGINES)), None)
    if engine is None:
        raise NoContainer("There is neither podman nor docker here: install one, or leave out --container.")
    found = subprocess.run([engine, "image", "inspect", image], capture_output=True, text=True)
    if found.returncode:
        name = Path(engine).name
        raise NoContainer(
            f"{name} finds no image {image}: build it in {REPOSITORY} ({name} build --tag {image} .), "
            f"and see that {name} runs. It said: {found.stderr.strip().splitlines()[-1]}"
        )
    return engine


def command(engine: str, image: str, name: str, timeout: int) -> list[str]:
    """What starts the container; `timeout` is the seconds that one cell has."""
    settings = {"HOME": "/tmp", "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    settings |= {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    return [
        *(engine, "run", "--rm", "--interactive", "--pull=never", f"--name={name}"),
        *("--network=none", "--read-only", "--tmpfs=/tmp:rw,size=512m,mode=1777", "--workdir=/tmp"),
        *("--user=1000:1000", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
        "--security-opt=label=disable",  # SELinux would keep the repository from being read
        *(f"--memory={MEMORY}", f"--memory-swap={MEMORY}", f"--pids-limit={PROCESSES}", "--cpus=1"),
        f"--volume={REPOSITORY}:{REPOSITORY}:ro",
        *(f"--env={key}={value}" for key, value in settings.items()),
        *(image, "python", str(REPOSITORY / "classroom" / "container.py"), str(timeout)),
    ]


def execute(notebook, image: str, timeout: int):
    """Fill in the outputs of the notebook's cells, in place; `timeout` is the seconds that one cell has."""
    engine, name = find_engine(image), f"grading-{secrets.token_hex(6)}"
    process = subprocess.Popen(
        command(engine, image, name, timeout),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )

    def end() -> None:  # killing the client leaves the container alive
        subprocess.run([engine, "rm", "--force", name], capture_output=True)
        process.kill()

    alarm = threading.Timer(SECONDS, end)
    alarm.start()
    try:
        try:
            process.stdin.write(nbformat.writes(notebook).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended at once, and the answer below is empty
        answer = process.stdout.read(BYTES)
    finally:
        alarm.cancel()
        end()
        process.wait()
        process.stdout.close()
    take_outputs(notebook, answer)


def take_outputs(notebook, answer: bytes) -> None:
    """Of what the container said take the outputs alone: cells and marks stay those that were sent."""
    try:
        came = nbformat.reads(answer.decode(), as_version=4)
        nbformat.validate(came)
        if [cell.source for cell in came.cells] != [cell.source for cell in notebook.cells]:
            raise ValueError("other cells")
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError):
        came = None
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            lost = [new_output("error", ename="NotRun", evalue=LOST, traceback=[LOST])]
            cell.outputs = lost if came is None else came.cells[number].get("outputs", [])


def main() -> None:
    """Inside the container: a notebook from the input, run, to the output."""
    from grading import KeepEarnedExecute

    answer = os.dup(1)
    os.dup2(2, 1)  # what kernels and libraries print is not the answer
    notebook = nbformat.reads(sys.stdin.buffer.read().decode(), as_version=4)
    runner = KeepEarnedExecute(timeout=int(sys.argv[1]), record_timing=False, shutdown_kernel="immediate")
    notebook, _ = runner.preprocess(notebook, {"metadata": {"path": "/tmp"}})
    with open(answer, "wb") as file:
        file.write(nbformat.writes(notebook).encode())


if __name__ == "__main__":
    main()
