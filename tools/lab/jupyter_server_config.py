"""JupyterLab as `python course.py lab` starts it; options given to that command count more.

Beside this file stand labconfig/page_config.json, with the parts of the page that a learner does not need,
and labconfig/default_setting_overrides.json, by which pages such as the glossary open as they read.
"""

import copy
import logging
from pathlib import Path

import nbformat
import zmq
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nbformat.v4.rwbase import strip_transient

COURSE = Path(__file__).resolve().parents[2]
SERVER_EXTENSIONS_OFF = (  # what teachers and authors have installed
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
    "jupyterlab_jupytext",
    "notebook",
)


class Copies(AsyncLargeFileManager):
    """The files as JupyterLab serves them by default, with the course's two rules."""

    def __init__(self, **settings):
        super().__init__(**settings)
        # Not as a setting: Jupyter applies settings several times, and warns of a hook that replaces itself.
        self.register_pre_save_hook(opening_is_not_editing)

    def mark_trusted_cells(self, nb, path=""):
        """Trust a notebook that is byte for byte the course's own, as if it had been run here."""
        served, own = Path(self.root_dir, path.strip("/")), COURSE / path.strip("/")
        if own.is_file() and served.read_bytes() == own.read_bytes():
            self.notary.sign(nb)
        super().mark_trusted_cells(nb, path)


def opening_is_not_editing(model, path, contents_manager):
    """Before a notebook is saved: take back what JupyterLab itself has changed in it.

    On opening it writes name and version of this computer's Python into the notebook, and turns 1.0 into 1.
    So a notebook that an author only read in the course's own folders would differ from what was built.
    """
    if model["type"] != "notebook":
        return
    metadata = model["content"]["metadata"]
    if metadata.get("kernelspec", {}).get("name") == "python3":
        metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        metadata["language_info"] = {"name": "python"}
    file = Path(contents_manager.root_dir, path.strip("/"))
    if file.exists():
        stored = nbformat.read(file, as_version=4)
        if stored == strip_transient(nbformat.from_dict(copy.deepcopy(model["content"]))):  # 1.0 equals 1
            for cell, shown in zip(stored.cells, model["content"]["cells"], strict=True):
                if "trusted" in shown["metadata"]:  # not written; Jupyter remembers it elsewhere
                    cell.metadata["trusted"] = shown["metadata"]["trusted"]
            model["content"] = stored


def says_something(record):
    """Not so one line: Jupyter's own time limit for the browser's answers is longer than Tornado likes.

    Tornado then takes a shorter one for itself. Jupyter's cannot be: at a busy moment connections would end.
    """
    return "websocket_ping_timeout" not in record.getMessage()


c = get_config()  # noqa: F821 (Jupyter provides it)
c.ServerApp.root_dir = str(COURSE / "work")
c.ServerApp.allow_root = True  # matters only in containers, where everybody is root
c.ServerApp.jpserver_extensions = dict.fromkeys(SERVER_EXTENSIONS_OFF, False)
c.ServerApp.contents_manager_class = Copies
c.LabApp.default_url = "/lab/tree/chapters/00_start_here.ipynb"

# In the terminal stand the address, warnings and errors, and above them the course's own lines.
c.Application.log_level = logging.WARNING
c.KernelManager.transport_encryption = "auto" if zmq.has("curve") else "disabled"  # else each kernel warns
logging.getLogger("tornado.general").addFilter(says_something)
c.ServerApp.answer_yes = True  # one Ctrl-C stops; the question after it would go away after five seconds
