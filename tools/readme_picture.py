"""Make README.png from three pictures that lesson 09 stores: `python tools/readme_picture.py`."""

import base64
import io
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat

ROOT = Path(__file__).resolve().parent.parent
TITLES = ("F1 hardly moves; what we pay for does", "One filter, six reports", "In late September the")


def stored_pictures() -> dict[str, bytes]:
    """The pictures of lesson 09 by their title."""
    lesson = nbformat.read(ROOT / "chapters" / "09_spam_filter.ipynb", as_version=4)
    outputs = [output for cell in lesson.cells for output in cell.get("outputs", [])]
    return {
        output.metadata["picture"][0]["title"]: base64.b64decode(output.data["image/png"])
        for output in outputs
        if "picture" in output.get("metadata", {})
    }


def main() -> None:
    pictures = stored_pictures()
    titles = [title for wanted in TITLES for title in pictures if title.startswith(wanted)]
    chosen = [plt.imread(io.BytesIO(pictures[title])) for title in titles]
    fig, axes = plt.subplots(1, 3, figsize=(15, 3.2), width_ratios=[c.shape[1] / c.shape[0] for c in chosen])
    for ax, picture in zip(axes, chosen, strict=True):
        ax.imshow(picture)
        ax.axis("off")
    fig.subplots_adjust(0, 0, 1, 1, 0.02)
    fig.savefig(ROOT / "README.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
