"""Show a figure together with what a reader who cannot see it needs to know."""

import base64
import io


def show(fig, alt):
    """Display a figure with an alternative text, then close it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        One or two sentences that say what the picture shows, for readers who cannot see it.

    Raises
    ------
    ValueError
        If `alt` is empty or only a word or two.
    """
    import matplotlib.pyplot as plt  # here, not at the top: importing coursekit must stay quick
    from IPython.display import publish_display_data

    if len(alt.split()) < 4:
        raise ValueError("Describe the picture in a sentence: show(fig, 'Bar chart of …; the left is …').")
    png = io.BytesIO()
    # Without matplotlib's version in it, equal pictures are equal bytes.
    fig.savefig(png, format="png", metadata={"Software": None})
    publish_display_data(
        {"image/png": base64.b64encode(png.getvalue()).decode() + "\n", "text/plain": alt},
        {"image/png": {"alt": alt}, "picture": [_structure(axes) for axes in fig.axes]},
    )
    plt.close(fig)


def _structure(axes):
    """What must not change unnoticed in a picture: counts of its marks, their colours, its axes' limits."""
    from matplotlib.colors import to_hex

    marks = [*axes.lines, *axes.patches, *axes.collections]
    colours = set()
    for mark in marks:
        found = mark.get_color() if hasattr(mark, "get_color") else mark.get_facecolor()
        single = isinstance(found, str) or not hasattr(found, "ndim") or found.ndim == 1
        colours |= {to_hex(colour) for colour in ([found] if single else found[:20])}
    return {
        "title": axes.get_title("left") or axes.get_title(),
        "lines": len(axes.lines),
        "points": sum(len(found.get_offsets()) for found in axes.collections),
        "bars": len(axes.patches),
        "images": len(axes.images),
        "colours": sorted(colours),
        "limits": [float(f"{limit:.2g}") for limit in (*axes.get_xlim(), *axes.get_ylim())],
    }
