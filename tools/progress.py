"""What the learner's saved exercises say: the verdicts of their check cells. Nothing is executed."""

import json
import re

QUESTION = re.compile(r"^\s*check\.(q\w+)\(", re.MULTILINE)
VERDICT = re.compile(r"^([✓✗·]) (Q\w+): (.*)", re.MULTILINE)  # as coursekit/checking.py prints it
WIDTH = 50  # of the column of titles
PASSED, OPEN, NOT_BEGUN = "passed", "open", "not begun"


def report(root):
    """A line for each chapter with exercises, and one with the next question to take.

    Parameters
    ----------
    root : Path
        The clone of the course. The learner's exercises are those in work/; one that is missing is not begun.

    Returns
    -------
    list of str
    """
    lines, waiting = [], []
    for blank in sorted((root / "exercises").glob("*.ipynb")):
        own = root / "work" / "exercises" / blank.name
        questions, label = dict.fromkeys(_verdicts(blank), NOT_BEGUN), f"{_title(blank):<{WIDTH}}"
        try:
            found = _verdicts(own)
        except FileNotFoundError:
            found = {}
        except (OSError, ValueError):
            lines.append(f"{label} work/exercises/{own.name} cannot be read as a notebook")
            continue
        questions |= {name: state for name, state in found.items() if name in questions}
        states = list(questions.values())
        state = PASSED if set(states) == {PASSED} else NOT_BEGUN if set(states) == {NOT_BEGUN} else OPEN
        count = f", {states.count(PASSED)} of {len(states)} passed" if state == OPEN else ""
        lines.append(f"{label} {state}{count}")
        waiting += [(state, own.name, name) for name, one in questions.items() if one != PASSED]
    # What is begun comes first, wherever the learner has begun.
    for _, file, name in sorted(waiting, key=lambda item: item[0] != OPEN)[:1]:
        lines += ["", f"Next: {name.upper()} in work/exercises/{file}"]
    return lines if waiting or not lines else [*lines, "", "All passed."]


def _verdicts(path):
    """{"q1": "passed", …} of the check cells of a notebook, in order; ValueError if it is no notebook."""
    found = {}
    try:
        for cell in json.loads(path.read_bytes())["cells"]:
            for name in QUESTION.findall(_text(cell["source"])) if cell["cell_type"] == "code" else []:
                printed = "".join(_text(output.get("text", "")) for output in cell["outputs"])
                said = [
                    (mark, text) for mark, label, text in VERDICT.findall(printed) if label == name.upper()
                ]
                mark, text = said[-1] if said else ("·", "not attempted")
                found[name] = NOT_BEGUN if text == "not attempted" else PASSED if mark == "✓" else OPEN
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("no notebook") from error
    return found


def _text(lines):
    """The text of a cell or an output: one string, or a list of lines, as the format allows both."""
    return "".join(lines)


def _title(path):
    """ "3 · Data splitting", from the first line of the blank exercise."""
    first = _text(json.loads(path.read_bytes())["cells"][0]["source"]).partition("\n")[0]
    return first.removeprefix("# ").replace("Exercises: ", "")
