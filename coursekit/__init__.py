"""The course's helper: `load` data, `show` pictures, check answers with `checks`.

Importing it applies the course's matplotlib style, in which colour C0 (blue) is the negative class, good mail
among them, and C1 (orange) the positive class, spam among them.
"""

from pathlib import Path

import matplotlib.style

from coursekit.checking import checks
from coursekit.display import show
from coursekit.loading import load

__all__ = ["checks", "load", "show"]

matplotlib.style.use(Path(__file__).with_name("course.mplstyle"))
