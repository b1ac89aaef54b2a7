#!/usr/bin/env python3
"""The course, in one script. It needs Python 3.11 or newer and nothing else.

  python course.py lab [--no-browser] [--port 8899]   open your copies of the course in JupyterLab
  python course.py progress                           which exercises you have passed, and the next one
  python course.py test [pytest arguments]            run every notebook and every test
  python course.py project DIR                        a blank project of your own in the new folder DIR
  python course.py build [NN ...] [--check | --force] authors: make the notebooks from sources/
  python course.py adopt NN                           authors: take edits of a notebook back into its source
  python course.py site                               the website of all lessons, made in build/site
  python course.py classroom DIR                      teachers: lay out an nbgrader course in DIR
  python course.py classroom grade DIR NN [--from ZIP]  teachers: grade what a class handed in
  python course.py COMMAND --help                     more about one of them

The first command makes the environment: a folder .venv with exactly the packages of requirements.txt.
Every later one uses it again, until requirements.txt changes. It can be deleted at any time.
The website's tools have a smaller one of their own: .venv-site, with the packages of requirements-site.txt.
"""

import contextlib
import difflib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

# Nothing above or below may be a syntax error for an older Python 3, or this sentence is never seen.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "This course needs Python 3.11 or newer, and this is Python " + sys.version.split()[0] + ": install "
        "a newer one (python.org) and start course.py with it, for example: python3.12 course.py lab"
    )

ROOT = Path(__file__).resolve().parent
LAB_SETTINGS = ROOT / "tools" / "lab"  # a teacher's own `jupyter lab` keeps nbgrader's pages
# Gigabytes needed while the environment is made, with downloads and pip's cache on the same disk. It ends at
# 2.6 with PyTorch's CPU build, at 6.3 with the usual one for Linux, which brings libraries of NVIDIA.
SPACE, SPACE_WITH_CUDA = 4, 10
SPACE_FOR_SITE = 1
SPACES = f"{SPACE} GB, on Linux {SPACE_WITH_CUDA} GB where PyTorch comes with NVIDIA's libraries"
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
ONE_THREAD = {  # the same sums in the same order on every machine, and no fight over the cores
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
}
AGAIN = "and run the same command again."


def use_environment(name: str, requirements: str, space: str) -> None:
    """Say which environment this run makes and uses, and its size; a run has exactly one."""
    global ENV, BIN, PYTHON, REQUIREMENTS, MARK, STAMP, IN_USE, DISK_FULL
    ENV = ROOT / name
    BIN = ENV / ("Scripts" if os.name == "nt" else "bin")
    PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
    REQUIREMENTS = ROOT / requirements
    MARK = ENV / "made-by-course.txt"  # written first: without it the folder is somebody else's, hands off
    STAMP = ENV / "complete.json"  # written last: without it an installation was interrupted
    IN_USE = ROOT / f"{name}.lock"  # locked by the run that makes it; beside it, for the folder is emptied
    DISK_FULL = f"The disk is full: make room (the environment needs {space}) {AGAIN}"


use_environment(".venv", "requirements.txt", SPACES)
NO_SPACE = r"No space left|Errno 28|Disk quota|not enough space"
KILLED = f"The installation was killed, often by the system for want of memory: close other programs {AGAIN}"
PROBLEMS = (  # what an error says, and what to do about it; the first that fits counts
    (
        r"Read-only file system|Errno 30\b",
        f"{ROOT} is on a disk that cannot be written: copy the course into a folder of your own {AGAIN}",
    ),
    (
        r"PermissionError|Permission denied|WinError (5|32)\b",
        f"A file of the environment is in use or protected: close JupyterLab and what else uses it {AGAIN}",
    ),
    (
        r"ConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|getaddrinfo|[Tt]imed out"
        r"|Failed to (resolve|establish)|[Uu]nreachable|Connection (refused|reset|aborted|broken)",
        f"The packages cannot be fetched: check the internet connection (or the proxy) {AGAIN}",
    ),
    (
        r"No matching distribution",
        f"A package of the environment does not exist for Python {sys.version.split()[0]} on this computer: "
        "start course.py with Python 3.11, 3.12 or 3.13, or use conda with environment.yml.",
    ),
)


class Problem(Exception):
    """Something the user can put right; its text is the one sentence that says how."""


def main(arguments: list[str]) -> int:
    """Run one command of the usage above and return its exit code."""
    command, rest = (arguments[0] if arguments else ""), arguments[1:]
    if command in HELP and rest:  # help lab
        command, rest = rest[0], ["--help"]
    if command in ("", *HELP):
        print(__doc__.strip(), file=sys.stdout if command else sys.stderr)
        return 0 if command else 2
    if command == "--version":
        print(f"The course is version {version()}, and this is Python {sys.version.split()[0]}.")
        return 0
    if command not in COMMANDS:
        return stop(f'There is no command "{command}"; {nearest(command, COMMANDS)}', 2)
    if {"-h", "--help"} & set(rest) or rest == ["help"]:
        print(usage(command))
        return 0
    try:
        refuse_wrong(command, rest)
        if command == "site":
            use_environment(".venv-site", "requirements-site.txt", f"{SPACE_FOR_SITE} GB")
        if command not in ("progress", "project"):
            ensure_environment()
        return COMMANDS[command](rest)
    except KeyboardInterrupt:
        return stop("Stopped. Run the same command again to go on.", 130)
    except Problem as problem:
        return stop(str(problem))
    except BrokenPipeError:  # course.py progress | head: it has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except PermissionError as error:
        return stop(not_ours() or explain(str(error)))
    except OSError as error:
        return stop(explain(str(error)))


def usage(command: str) -> str:
    """What one command takes: its lines of the usage above, and more where there is more."""
    lines = re.findall(rf"^  (python course\.py {command}\b.*)", __doc__, re.MULTILINE)
    return "\n".join([*lines, *filter(None, [MORE.get(command)])])


def version() -> str:
    return re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]


def refuse_wrong(command: str, arguments: list[str]) -> None:
    """Raise Problem for what a command cannot take: before minutes of installing, not after them."""
    options = [word for word in arguments if word.startswith("-")]
    if command in ("progress", "site") and arguments:
        raise Problem(f"{command} takes nothing more: python course.py {command}")
    if command == "lab":
        refuse_for_lab(arguments)
    if command == "build" and not set(options) <= {"--check", "--force"}:
        wrong = next(word for word in options if word not in ("--check", "--force"))
        raise Problem(f'There is no option "{wrong}"; {nearest(wrong, ["--check", "--force"])}')
    if command == "adopt" and (len(arguments) != 1 or options):
        raise Problem("Say which chapter: python course.py adopt 09")
    grade = arguments[:1] == ["grade"]
    if command == "classroom" and (len(arguments) < 3 if grade else len(arguments) != 1 or options):
        raise Problem(f"Say it as one of these:\n{usage(command)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a misspelt word: what was meant, or else the whole list."""
    close = difflib.get_close_matches(word, known, 1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(set(known)))}."


def stop(sentence: str, code: int = 1) -> int:
    print(f"\n{sentence}", file=sys.stderr)
    return code


# --- the commands -------------------------------------------------------------------------------------


def lab(arguments: list[str]) -> int:
    """JupyterLab on the learner's copies in work/, at the first page; arguments are JupyterLab's own."""
    if not re.search(r"--(notebook-dir|ServerApp\.root_dir)\b", " ".join(arguments)):  # another folder
        renew_copies()
    print("Starting JupyterLab. Save your work, then stop it with Ctrl-C in this window.", flush=True)
    return run("-m", "jupyterlab", *arguments, JUPYTER_CONFIG_PATH=str(LAB_SETTINGS))


def renew_copies() -> None:
    """Bring work/ up to date, and say what the learner should know."""
    from tools.copies import bring_up_to_date

    try:
        for line in bring_up_to_date(ROOT):
            print(line, flush=True)
    except OSError as error:
        what = "the disk is full: make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"{error}"
        raise Problem(
            f"Your copies in work/ could not be brought up to date ({what}). Nothing of yours was changed; "
            "put that right and run the same command again."
        ) from None


def progress(arguments: list[str]) -> int:
    """What the learner's saved exercises say; needs no environment, and executes nothing."""
    from tools.progress import report

    print("\n".join(report(ROOT)), flush=True)
    return 0


def refuse_for_lab(arguments: list[str]) -> None:
    """One sentence where JupyterLab would ignore an unknown option or answer with a page of usage."""
    for word in arguments:
        option = word.partition("=")[0]
        if option.startswith("--") and "." not in option and option[2:] not in LAB_OPTIONS:
            known = [f"--{name}" for name in LAB_OPTIONS]
            raise Problem(f'There is no option "{option}"; {nearest(option, known)}')
    port = re.search(r"--(?:ServerApp\.)?port(?:[= ](\S+))?(?= |$)", " ".join(arguments))
    if port and not re.fullmatch(r"\d{1,5}", port[1] or ""):
        raise Problem("--port needs a number, for example: python course.py lab --port 8899")
    if port and answers_on(int(port[1])):
        raise Problem(
            f"Port {port[1]} is in use, perhaps by a lab that still runs: stop that one, or choose another "
            f"port (python course.py lab --port {int(port[1]) + 1})."
        )


def test(arguments: list[str]) -> int:
    os.chdir(ROOT)
    return run("-m", "pytest", *arguments, **ONE_THREAD)


def project(arguments: list[str]) -> int:
    """Copy the blank project into a folder that does not exist yet, or is empty; whole or not at all."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise Problem("Say where the project shall be, for example: python course.py project ../my-project")
    folder = Path(arguments[0]).expanduser().resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Problem(f"{folder} exists and is not empty, so nothing was copied: choose a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    tries = shutil.ignore_patterns("models", "log.db*", "__pycache__")  # made by running it there
    try:
        shutil.copytree(ROOT / "project", fresh / "project", ignore=tries)
        if folder.exists():
            folder.rmdir()
        (fresh / "project").rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    print(f'Your project is in {folder}. Begin with: python course.py lab "--notebook-dir={folder}"')
    return 0


def build(arguments: list[str]) -> int:
    return run(ROOT / "tools" / "build.py", *arguments, **ONE_THREAD)


def adopt(arguments: list[str]) -> int:
    return run(ROOT / "tools" / "build.py", "adopt", *arguments)


def site(arguments: list[str]) -> int:
    return run(ROOT / "tools" / "website" / "build.py")


def classroom(arguments: list[str]) -> int:
    return run(ROOT / "tools" / "classroom.py", *arguments)


COMMANDS = {
    "lab": lab,
    "progress": progress,
    "test": test,
    "project": project,
    "build": build,
    "adopt": adopt,
    "site": site,
    "classroom": classroom,
}
HELP = ("-h", "--help", "help")
# JupyterLab's, kept here so that a misspelt one is found before JupyterLab itself is installed.
LAB_OPTIONS = re.findall(
    r"[\w-]+",
    """
    allow-root app-dir autoreload browser certfile client-ca collaborative config core-mode custom-css debug
    dev-mode expose-app-in-browser extensions-in-dev-mode generate-config help-all ip keyfile log-level
    no-browser no-script notebook-dir port port-retries pylab script show-config show-config-json
    skip-dev-build splice-source watch""",
)
MORE = {  # what --help says of a command beyond its lines of the usage
    "lab": """
  --no-browser           show the address, open no browser
  --port 8899            the address's number, for a second lab or where 8888 is in use
  --notebook-dir=FOLDER  open this folder in place of your copies in work/
  --log-level=INFO       show what the server does

Other options of JupyterLab may follow; lab --help-all shows them.""",
    "progress": """
It reads your saved notebooks in work/exercises and runs nothing.""",
    "test": """
The arguments are pytest's: a folder, a file, -k WORD, -x. Without any it runs everything.""",
    "build": """
  NN       chapters, such as 03; without any, all
  --check  change nothing, and fail if a notebook is not what its source gives
  --force  run also what has not changed, and overwrite edits made in notebooks""",
    "classroom": """
NN is an exercise set, such as 09. What grading takes further, and all the rest: classroom/README.md.""",
}


def run(*arguments: str | Path, **variables: str) -> int:
    """Run the environment's Python in place of this script: its screen, its Ctrl-C, its exit code."""
    command = [str(PYTHON), *map(str, arguments)]
    environment = child_environment() | variables
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(PYTHON, command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child got it too, and decides
            pass


def child_environment() -> dict[str, str]:
    """The variables a program inside .venv sees, as after `activate`; UTF-8 everywhere, on Windows too."""
    inherited = {name: os.environ[name] for name in os.environ.keys() - {"PYTHONHOME", "PYTHONPATH"}}
    path = os.pathsep.join([str(BIN), inherited.get("PATH", "")])
    return inherited | {"VIRTUAL_ENV": str(ENV), "PATH": path, "PYTHONUTF8": "1"}


def answers_on(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


# --- the environment ----------------------------------------------------------------------------------


def ensure_environment() -> None:
    """Leave a complete .venv behind: at once if it is one, brought up to date or made anew otherwise."""
    if is_complete():
        return
    if not MARK.exists() and (ENV.is_file() or ENV.is_dir() and any(ENV.iterdir())):
        raise Problem(f"The folder {ENV.name} was not made by course.py: rename or delete it {AGAIN}")
    with alone():
        if not is_complete():  # another course.py may just have made it
            complete_environment()


def is_complete() -> bool:
    stamp = read_stamp()
    return is_sound(stamp) and stamp["lock"] == lock()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other course.py makes the environment. The system itself ends a lock with its process."""
    with open(IN_USE, "a") as file:
        waiting = False
        while not is_mine(file):
            if not waiting:
                print(f"Another course.py is making the environment {ENV.name}; waiting.", flush=True)
            waiting = True
            time.sleep(0.5)
        yield


def is_mine(file: IO) -> bool:
    """Lock the file, unless another process has."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # any other: this disk knows no locks, as some in networks
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def complete_environment() -> None:
    """Bring a sound environment up to date, or make one."""
    sound = is_sound(read_stamp())
    lessons = "torch" in exact_versions()
    cuda = lessons and brings_cuda()
    if sound:
        print(f"{REQUIREMENTS.name} has changed: bringing {ENV.name} up to date.", flush=True)
    elif lessons:
        make_environment(SPACE_WITH_CUDA if cuda else SPACE)
    else:
        make_environment(SPACE_FOR_SITE)
    STAMP.unlink(missing_ok=True)
    install_packages(cuda)
    if lessons:
        # The first import looks at every font and says so, which would stand in somebody's first notebook.
        subprocess.run([PYTHON, "-c", "import matplotlib.font_manager"], capture_output=True)
    write_json(STAMP, {"lock": lock(), "root": str(ROOT), "packages": installed()})
    print("The environment is ready.", flush=True)


def lock() -> str:
    """A fingerprint of what belongs into the environment (read as text: line ends do not count)."""
    text = REQUIREMENTS.read_text("utf-8") + (ROOT / "pyproject.toml").read_text("utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def is_sound(stamp: dict) -> bool:
    return stamp.get("root") == str(ROOT) and not is_damaged(stamp)


def is_damaged(stamp: dict) -> bool:
    """Does a package folder miss, or does Python itself not start (moved, uninstalled, updated away)?"""
    if not set(stamp["packages"]) <= set(installed()):
        return True
    try:
        return subprocess.run([PYTHON, "-S", "-c", ""], capture_output=True).returncode != 0
    except OSError:
        return True


def installed() -> list[str]:
    """The packages' folders, without those that carry a version: upgrading a package is not damage."""
    site = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
    return sorted({path.name for path in ENV.glob(f"{site}/*") if path.suffix != ".dist-info"})


def not_ours() -> str:
    """The sentence for a folder into which this user may not write, empty if there is none."""
    for folder in (ROOT, ENV):
        if folder.exists() and not os.access(folder, os.W_OK):
            return f"You may not write into {folder}: copy the course into a folder of your own {AGAIN}"
    return ""


def make_environment(space: int) -> None:
    """An empty .venv, in place of an unfinished or broken one of ours; `space` is what it needs in GB."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Problem(
            "This Python cannot make environments: install its venv module "
            f"(Debian, Ubuntu: sudo apt install python3-venv) {AGAIN}"
        )
    ENV.mkdir(exist_ok=True)
    MARK.write_text("course.py made this folder and makes it again when it is deleted.\n")
    for old in ENV.iterdir():
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        elif old != MARK:
            old.unlink()
    require_space(space)
    print(f"Making the environment in {ENV.name}: once, some minutes, up to {space} GB.", flush=True)
    # _base_executable: also when this script was started by the very .venv that is being replaced
    made = subprocess.run([sys._base_executable, "-m", "venv", ENV], capture_output=True, text=True)
    if made.returncode:
        raise Problem(explain(made.stdout + made.stderr))


def brings_cuda() -> bool:
    """Does PyTorch come with gigabytes for NVIDIA's cards? On Linux, unless its own index can be asked."""
    return sys.platform == "linux" and (has_nvidia() or not answers(f"{TORCH_CPU}/torch/"))


def require_space(needed: int) -> None:
    free = shutil.disk_usage(ENV).free / 1024**3
    if free < needed:
        raise Problem(f"The environment needs {needed} GB, and {free:.1f} GB are free: make room {AGAIN}")


def exact_versions() -> dict[str, str]:
    """The version of every package in the list of requirements."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", REQUIREMENTS.read_text("utf-8"), re.MULTILINE))


def install_packages(cuda: bool) -> None:
    """Everything of the list, then (for the lessons, not the website) coursekit as a link to this folder."""
    exact = exact_versions()
    pip(f"pip=={exact['pip']}", f"setuptools=={exact['setuptools']}")
    if "torch" in exact and sys.platform == "linux" and not cuda:
        try:
            pip("--progress-bar=raw", "--no-deps", "--index-url", TORCH_CPU, f"torch=={exact['torch']}+cpu")
        except Problem as problem:
            if str(problem) in (KILLED, DISK_FULL):
                raise
            print("PyTorch's own index does not have it; taking the usual one.", flush=True)
            require_space(SPACE_WITH_CUDA)
    pip("--progress-bar=raw", "--only-binary=:all:", f"--requirement={REQUIREMENTS}", total=len(exact))
    if "torch" in exact:
        pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def has_nvidia() -> bool:
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def answers(url: str, seconds: float = 3) -> bool:
    """Does the address answer in time? In a thread, because looking up a name obeys no time limit."""
    answered = threading.Event()

    def ask() -> None:
        try:
            urllib.request.urlopen(url, timeout=seconds).close()
            answered.set()
        except (OSError, ValueError):
            pass

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(seconds)


def pip(*arguments: str, total: int = 1) -> None:
    """`pip install` with one line of progress instead of hundreds; its full report goes to pip.log."""
    command = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--compile"]
    process = subprocess.Popen(
        [*command, *arguments],
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    report, count, package = [], 0, ""
    try:
        for line in process.stdout:
            if line.startswith("Progress "):
                done, size = (int(number) >> 20 for number in re.findall(r"\d+", line))
                show_progress(f"{count} of {total}: {package}, {done} of {size} MB")
                continue
            report.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                count, package = count + 1, Path(line.split()[1]).name
                show_progress(f"{count} of {total}: {package}", keep=count % 25 == 0)
            elif line.startswith("Installing collected packages") and total > 1:
                show_progress("Putting them in place: a minute or two.", keep=True)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    code = process.wait()
    with open(ENV / "pip.log", "a", encoding="utf-8") as log:
        log.writelines(report)
    if code < 0:
        raise Problem(KILLED)
    if code:
        raise Problem(explain("".join(report)))


def show_progress(text: str, keep: bool = False) -> None:
    """One line that is written over again in a terminal; elsewhere only the lines worth keeping."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + f"  {text}"[:width].ljust(width), end="", flush=True)
    elif keep:
        print(f"  {text}", flush=True)


def explain(report: str) -> str:
    """The sentence for what went wrong."""
    if re.search(NO_SPACE, report):
        return DISK_FULL
    for pattern, sentence in PROBLEMS:
        if re.search(pattern, report):
            return sentence
    last = "\n".join(report.splitlines()[-8:])
    return f"{last}\nThat failed, and {ENV.name}/pip.log may say more: correct what it names {AGAIN}"


def write_json(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
