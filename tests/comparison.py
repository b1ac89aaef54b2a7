"""Do the stored outputs of a cell still say what running it says?

Words and whole numbers must be the same. Decimal numbers may differ by a relative `rtol`, or by one unit in
the last printed digit. A table is compared by its text, a picture by the structure `coursekit.show` noted.
"""

import html
import math
import re
from itertools import zip_longest

RTOL = 1e-3
SHOWN_LINES = 5
WAITING = re.compile(r"^… Q\d+[A-Z]?: still checking\n", re.MULTILINE)  # a check's word on a slow machine

# 0.93, 1,234.5, 2.5e-05, 3e-04, and NumPy's "1." inside an array; not a version (3.11.2), not a whole number.
NUMBER = re.compile(
    r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+(?:e[-+]?\d+)?|e[-+]?\d+|\.(?=,|\]|\s+[-\d]))(?!\.?\d)",
    re.IGNORECASE,
)
# Of these it counts only that they are there: bytes and identifiers differ without a difference to see.
OPAQUE = re.compile(r"image/.*|application/vnd\.jupyter\.widget-view\+json")


def differences(stored, fresh, rtol=RTOL):
    """One paragraph for each difference between two lists of outputs; none if they agree."""
    stored, fresh = [parts(output) for output in stored], [parts(output) for output in fresh]
    if [list(output) for output in stored] != [list(output) for output in fresh]:
        return [f"  stored outputs: {kinds(stored)}\n  outputs now:    {kinds(fresh)}"]
    return [
        f"output {number} ({kind}):\n{difference}"
        for number, (old, new) in enumerate(zip(stored, fresh, strict=True), 1)
        for kind in old
        if (difference := compare(kind, old[kind], new[kind], rtol))
    ]


def parts(output):
    """What one output consists of: kind -> content, in a fixed order."""
    if output["output_type"] == "stream":
        return {output["name"]: WAITING.sub("", output["text"])}
    if output["output_type"] == "error":
        return {"error": f"{output['ename']}: {output['evalue']}"}
    found = dict(sorted(output["data"].items()))
    if "picture" in output["metadata"]:
        found["picture"] = output["metadata"]["picture"]
    return found


def kinds(outputs):
    return "; ".join(" + ".join(output) for output in outputs) or "none"


def compare(kind, old, new, rtol):
    """The difference between two contents of one kind, in words; "" if there is none."""
    if OPAQUE.fullmatch(kind):
        return ""
    if kind == "picture":
        return compare_pictures(old, new, rtol)
    if kind == "text/html":
        old, new = text_of(old), text_of(new)
    return compare_texts(str(old), str(new), rtol)


# --- texts ----------------------------------------------------------------------------------------


def compare_texts(old, new, rtol=RTOL):
    """The first lines in which two texts differ."""
    pairs = zip_longest(old.rstrip().split("\n"), new.rstrip().split("\n"), fillvalue="(no line)")
    wrong = [(a, b) for a, b in pairs if not same_line(a, b, rtol)]
    shown = [f"  stored: {a.strip()}\n  now:    {b.strip()}" for a, b in wrong[:SHOWN_LINES]]
    if len(wrong) > SHOWN_LINES:
        shown.append(f"  and {len(wrong) - SHOWN_LINES} more lines")
    return "\n".join(shown)


def same_line(old, new, rtol):
    """Same words and same whole numbers, decimal numbers close; spaces do not count."""
    same_words = NUMBER.sub(" 0.0 ", old).split() == NUMBER.sub(" 0.0 ", new).split()
    return same_words and all(map(lambda a, b: close(a, b, rtol), NUMBER.findall(old), NUMBER.findall(new)))


def close(old, new, rtol):
    a, b = (float(number.replace(",", "")) for number in (old, new))
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= max(rtol * abs(a), min(last_unit(old), last_unit(new))) * (1 + 1e-9)


def last_unit(number):
    """What one step in the last printed digit is worth: 0.01 for 3.14, 1e-6 for 2.5e-05."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(f"1e{int(exponent or 0) - decimals}") if decimals or exponent else 0.0


def text_of(page):
    """The text of an HTML output, one line for a table's row."""
    page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    lines = re.sub(r"\s+", " ", page).replace("</tr>", "\n").split("\n")
    texts = [html.unescape(re.sub(r"<[^>]*>", " ", line)).strip() for line in lines]
    return "\n".join(text for text in texts if text)


# --- pictures -------------------------------------------------------------------------------------


def compare_pictures(old, new, rtol=RTOL):
    """What changed in a picture: one structure for each of its axes."""
    if len(old) != len(new):
        return f"  the stored picture has {len(old)} axes, now it has {len(new)}"
    found = []
    for number, (before, now) in enumerate(zip(old, new, strict=True), 1):
        found += [
            f"  axes {number}, {key}\n  stored: {before.get(key)}\n  now:    {now.get(key)}"
            for key in sorted(before.keys() | now.keys())
            if not same_feature(key, before.get(key), now.get(key), rtol)
        ]
    return "\n".join(found)


def same_feature(key, old, new, rtol):
    if key == "limits" and old and new:
        return same_limits(old[:2], new[:2], rtol) and same_limits(old[2:], new[2:], rtol)
    if key == "title" and old and new:
        return not compare_texts(old, new, rtol)
    return old == new


def same_limits(old, new, rtol):
    """Both ends of an axis, noted to two digits: one step of the second, or 1 % of the axis, may differ."""
    allowed = max(rtol, 0.01) * abs(old[1] - old[0])
    return all(
        abs(a - b) <= max(allowed, second_digit(a), second_digit(b)) * (1 + 1e-9)
        for a, b in zip(old, new, strict=True)
    )


def second_digit(number):
    return 10.0 ** (math.floor(math.log10(abs(number))) - 1) if number else 0.0
