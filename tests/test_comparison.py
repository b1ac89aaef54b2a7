"""What counts as the same output of a cell, and what does not."""

import nbformat
import pytest

from tests.comparison import compare_pictures, compare_texts, differences, text_of

SAME = [
    ("score 0.93101", "score 0.93104"),
    ("0.93", "0.92"),  # one unit in the last printed digit
    ("0.9", "0.8999999999"),
    ("-0.00", "0.00"),
    ("2.51e-05", "2.50e-05"),
    ("1,234.5 kg", "1,235.2 kg"),
    ("97.5%", "97.4%"),
    ("a   0.5\nbb  0.25  ", "a 0.5\nbb 0.25\n"),
    ("array([0.5, 1.])", "array([0.5, 0.9999999])"),
    ("sent 1e999", "sent 1e999"),  # beyond any float
]
DIFFERENT = [
    ("score 0.931", "score 0.935"),
    ("0.9", "0.85"),  # what is printed with more digits has to agree in them
    ("0.5", "-0.5"),
    ("2.51e-05", "2.51e-04"),
    ("12 mails", "13 mails"),
    ("1,000 mails", "1,001 mails"),
    ("100%", "99%"),
    ("good mail", "spam"),
    ("Found 12.", "Found 13."),
    ("Found 10000.", "Found 10001."),
    ("0.5", "0.5 0.5"),
    ("0.5", "0.5\n0.5"),
    ("version 3.11.2", "version 3.12.2"),
    ("2002-09-12", "2002-09-13"),
    ("q1.5", "q1.6"),
    ("0.5", "nan"),
    ("x", ""),
    ("sent 1e999", "sent 1.0"),
]


@pytest.mark.parametrize("old, new", SAME)
def test_same_text(old, new):
    assert compare_texts(old, new) == ""


@pytest.mark.parametrize("old, new", DIFFERENT)
def test_different_text(old, new):
    assert "stored: " in compare_texts(old, new)
    assert compare_texts(new, old)


@pytest.mark.parametrize("rtol, same", [(0.1, True), (0.01, False)])
def test_rtol(rtol, same):
    assert (compare_texts("loss 0.512", "loss 0.498", rtol) == "") == same
    assert compare_texts("512 mistakes", "498 mistakes", rtol)


def test_a_long_difference_is_cut_short():
    message = compare_texts("a\n" * 30, "b\n" * 30)
    assert message.count("stored: a") == 5 and "25 more lines" in message


def test_text_of_a_table():
    page = """<style scoped>.dataframe { top: 0 }</style><table><thead><tr><th></th><th>bmi</th></tr>
      </thead><tbody><tr><th>0</th><td>1&lt;2</td></tr></tbody></table>"""
    assert [line.split() for line in text_of(page).split("\n")] == [["bmi"], ["0", "1<2"]]


PICTURE = {"title": "Recall is 0.931", "lines": 2, "points": 40, "colours": ["#0072b2"]}
PICTURE |= {"limits": [0, 10, -0.1, 1]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"limits": [0, 10.1, -0.1, 1]},
        {"limits": [0, 11, -0.11, 1]},
        {"limits": [0.05, 10, -0.1, 1]},
        {"title": "Recall is 0.9311"},
    ],
)
def test_same_picture(change):
    assert compare_pictures([PICTURE], [PICTURE | change]) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"lines": 3},
        {"points": 41},
        {"colours": ["#0072b2", "#d55e00"]},
        {"limits": [0, 12, -0.1, 1]},
        {"limits": [0, 10, -0.2, 1]},
        {"limits": [-1, 10, -0.1, 1]},
        {"title": "Recall is 0.87"},
        {"bars": 4},
    ],
)
def test_different_picture(change):
    (key,) = change
    assert f"axes 1, {key}" in compare_pictures([PICTURE], [PICTURE | change])


def test_more_axes():
    assert "has 1 axes, now it has 2" in compare_pictures([PICTURE], [PICTURE, PICTURE])


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def display(**metadata):
    return nbformat.v4.new_output(
        "display_data", data={"image/png": "AAAA", "text/plain": "A"}, metadata=metadata
    )


@pytest.mark.parametrize(
    "stored, fresh",
    [
        ([], [stream("1")]),
        ([stream("1")], []),
        ([stream("1")], [stream("1"), display()]),
        ([stream("1")], [stream("1", "stderr")]),
        ([display()], [display(picture=[PICTURE])]),
        ([display(picture=[PICTURE])], [display(picture=[PICTURE | {"lines": 1}])]),
    ],
)
def test_different_outputs(stored, fresh):
    assert differences(stored, fresh)


def test_same_outputs():
    stored, fresh = [display(picture=[PICTURE]), stream("1")], [display(picture=[PICTURE]), stream("1")]
    fresh[0].data["image/png"] = "BBBB"
    assert differences(stored, fresh) == []


def test_a_check_may_say_that_it_is_still_at_work():
    def said(text):
        return [nbformat.v4.new_output("stream", name="stdout", text=text)]

    assert not differences(said("✓ Q5: passed\n"), said("… Q5: still checking\n✓ Q5: passed\n"))
    assert differences(said("✓ Q5: passed\n"), said("… Q5: still checking\n✗ Q5: not yet. Why?\n"))
