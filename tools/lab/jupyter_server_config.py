"""JupyterLab as `python course.py lab` starts it; options given to that command count more.

Beside this file stand labconfig/page_config.json, with the parts of the page that a learner does not need,
and labconfig/default_setting_overrides.json, by which pages such as the glossary open as they read.
"""

import copy
from pathlib import Path

import nbformat
from nbformat.v4.rwbase import strip_transient

SERVER_EXTENSIONS_OFF = (  # what teachers and authors have installed
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
    "jupyterlab_jupytext",
    "notebook",
)


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
            model["content"] = stored


c = get_config()  # noqa: F821 (Jupyter provides it)
c.ServerApp.root_dir = str(Path(__file__).parents[2] / "work")
c.ServerApp.allow_root = True  # matters only in containers, where everybody is root
c.ServerApp.jpserver_extensions = dict.fromkeys(SERVER_EXTENSIONS_OFF, False)
c.LabApp.default_url = "/lab/tree/chapters/00_start_here.ipynb"
c.FileContentsManager.pre_save_hook = opening_is_not_editing
