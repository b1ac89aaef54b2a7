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
from nbformat.v4 import new_code_cell, new_notebook, new_output

REPOSITORY = Path(__file__).resolve().parents[1]
ENGINES = "podman", "docker"
SECONDS = 900  # for a whole hand-in; each cell has its 60 s besides
MEMORY, PROCESSES = "2g", 256  # no lesson or exercise needs 1.5 GB
BYTES = 64 * 1024**2  # a notebook that comes back larger is not read to its end
STARTED = b"started\n"  # said before the hand-in is read, so that no hand-in can keep it from being said
WORDS = 4000  # of what the engine says; a hand-in can make it say more than a disk holds
LOST = "The container stopped before the notebook was through (time, memory or size); nothing counts."


class NoContainer(Exception):
    """No container can be started here; the text says what to do.

    `last` is the text of the last one: nbgrader, in which `execute` runs, takes any exception for the
    hand-in's fault and goes on.
    """

    last = ""

    def __init__(self, text: str):
        super().__init__(text)
        NoContainer.last = text


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
            f"{name} shows no image {image}. It said: {found.stderr.strip()}\n"
            f"If {name} runs and the image is missing, build it in {REPOSITORY}: {name} build --tag {image} ."
        )
    return engine


def try_out(image: str) -> None:
    """Run one cell as a hand-in is run; raises NoContainer if that fails here, before anybody is graded."""
    trial = new_notebook(cells=[new_code_cell("print(6 * 7)")])
    execute(trial, image, 60)
    said = str(trial.cells[0].outputs)
    if "42" not in said:
        raise NoContainer(f"A trial in a container of {image} failed; nothing was graded. It said: {said}")


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
        stderr=subprocess.PIPE,
    )
    words = []

    def listen() -> None:  # to the end, or a container that talks much would wait for a reader
        with process.stderr as said:
            words.append(said.read(WORDS))
            while said.read(WORDS):
                pass

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()

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
        listener.join(10)  # what the engine left running may hold the pipe open
        process.stdout.close()
    if not answer.startswith(STARTED):
        said = b"".join(words).decode(errors="replace").strip() or "nothing"
        raise NoContainer(
            f"No container could be started, so nothing is graded in one. {Path(engine).name} said: {said}\n"
            f"What helps is in classroom/container.md; then run the same command again."
        )
    take_outputs(notebook, answer.removeprefix(STARTED))


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
    answer = os.dup(1)
    os.dup2(2, 1)  # what kernels and libraries print is not the answer
    from grading import KeepEarnedExecute

    os.write(answer, STARTED)
    notebook = nbformat.reads(sys.stdin.buffer.read().decode(), as_version=4)
    runner = KeepEarnedExecute(timeout=int(sys.argv[1]), record_timing=False, shutdown_kernel="immediate")
    notebook, _ = runner.preprocess(notebook, {"metadata": {"path": "/tmp"}})
    with open(answer, "wb") as file:
        file.write(nbformat.writes(notebook).encode())


if __name__ == "__main__":
    main()
