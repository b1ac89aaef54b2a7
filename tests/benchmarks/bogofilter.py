"""Bogofilter, a filter in daily use since 2002, on the mails and the split of lesson 09.

Needs the program `bogofilter`, a package of most Linux systems. Run by hand:
python tests/benchmarks/bogofilter.py
Prints precision and recall at bogofilter's own spam cutoff, and the recall where no good test mail is lost.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

import coursekit as ck


def clean_mails():
    """The mails of lesson 09: no blank bodies, no copies, footers and subject tags removed."""
    mails = ck.load("mails")
    mails = mails[mails["body"].str.strip() != ""].drop_duplicates("body")
    letters = mails["body"].str.lower().str.replace(r"[\W\d_]+", "", regex=True)
    mails = mails[~letters.duplicated()].reset_index(drop=True)
    footer = r"\n[_-]{20,}[ \t]*\n(?:[^\n]*\n){0,8}[^\n]*\Z"
    mails["text"] = mails["body"].str.replace(footer, "", regex=True)
    mails["title"] = mails["subject"].str.replace(r"\[[^\]]{1,30}\]\s*", "", regex=True)
    return mails


def write_messages(mails, folder):
    """One file a mail, as bogofilter reads it; returns the paths."""
    folder.mkdir()
    paths = []
    columns = zip(mails["title"], mails["text"], mails["is_html"], strict=True)
    for number, (title, text, html) in enumerate(columns):
        kind = "html" if html else "plain"
        head = f"Subject: {' '.join(title.split())}\nContent-Type: text/{kind}; charset=utf-8\n"
        paths.append(folder / f"{number}.eml")
        paths[-1].write_text(f"{head}\n{text}\n", encoding="utf-8", errors="replace")
    return paths


def main():
    mails = clean_mails()
    development, test = train_test_split(mails, test_size=0.2, stratify=mails["is_spam"], random_state=0)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)

        def bogofilter(paths, *arguments):
            listing = "\n".join(map(str, paths))
            command = ["bogofilter", "-d", str(home), "-b", *arguments]
            return subprocess.run(command, input=listing, capture_output=True, text=True).stdout

        for label, option in [(True, "-s"), (False, "-n")]:
            part = development[development["is_spam"] == label]
            bogofilter(write_messages(part, home / f"learn{option}"), option)
        verdicts = bogofilter(write_messages(test, home / "test"), "-T").split("\n")[: len(test)]
    score = np.array([float(line.split()[-1]) for line in verdicts])
    is_spam = test["is_spam"].to_numpy()
    called = np.array([line.split()[-2] == "S" for line in verdicts])
    print(f"precision {is_spam[called].mean():.3f}, recall {called[is_spam].mean():.3f}")
    print(f"recall with no good mail lost {(score[is_spam] > score[~is_spam].max()).mean():.3f}")


if __name__ == "__main__":
    sys.exit(main())
