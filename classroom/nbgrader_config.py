"""nbgrader's settings for the course; `python course.py classroom DIR` copies this file into DIR.

Your own settings go into my_settings.py beside it, which is read last and never overwritten.
"""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    OverwriteKernelspec,
    SaveAutoGrades,
)

HERE = Path(__file__).resolve().parent

# The clone the course was laid out from: its helper asks the questions when a submission is graded.
REPOSITORY = ""
if not (Path(REPOSITORY) / "coursekit" / "checking.py").exists():
    raise SystemExit(f"The clone {REPOSITORY} is gone; run in a new clone: python course.py classroom {HERE}")
sys.path.insert(0, str(Path(REPOSITORY) / "classroom"))

from grading import (  # noqa: E402
    FaithfulOverwriteCells,
    FeedbackPage,
    GradesExport,
    KeepEarnedExecute,
    RememberHandIn,
    TidyDeduplicateIds,
    TidyFeedback,
)

# Students' kernels inherit this: the clone's helper, one thread as in the built notebooks, pictures inline.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [REPOSITORY, os.environ.get("PYTHONPATH")]))
os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})
os.environ.pop("MPLBACKEND", None)
# nbgrader calls alembic by name, so it must be found also where the environment was not activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

# The points are for the teacher's account alone, also on a machine that others use.
if not (HERE / "gradebook.db").exists():
    (HERE / "gradebook.db").touch(mode=0o600)

c = get_config()  # noqa: F821 (nbgrader provides it)
c.CourseDirectory.root = str(HERE)
c.CourseDirectory.course_id = "machine-learning"

# What students get in place of a solution: the same line as in exercises/.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}

# A deleted check cell comes back; a copied or split cell does not fail the whole submission.
c.OverwriteCells.add_missing_cells = True
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    TidyDeduplicateIds,
    OverwriteKernelspec,
    FaithfulOverwriteCells,
    CheckCellMetadata,
]

# A cell has 60 s; a kernel that dies or hangs keeps the points earned before.
c.Execute.timeout = 60
c.Execute.record_timing = False
c.Execute.shutdown_kernel = "immediate"
c.KernelManager.transport_encryption = "auto"  # what a kernel sends is nobody else's on the machine
c.Autograde.autograde_preprocessors = [
    KeepEarnedExecute,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    RememberHandIn,
    CheckCellMetadata,
]

# Feedback without hidden tests, tracebacks of checks and this machine's paths; points that tell 0 from none.
c.GenerateFeedback.preprocessors = [TidyFeedback, CSSHTMLHeaderPreprocessor]
c.GenerateFeedback.exporter_class = FeedbackPage
c.ExportApp.plugin_class = GradesExport

# nbgrader counts anything on stderr as a failure; a right answer that warns is still right.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "Warning"

load_subconfig("my_settings.py", path=str(HERE))  # noqa: F821 (nbgrader provides it; no file is no error)
