"""The points of one assignment as Moodle and Canvas import them, from the lines of grades.csv."""

import csv

FILES = "grades-moodle.csv", "grades-canvas.csv"


def write(folder, assignment, lines):
    """Write both files into `folder`: everybody with a score, so that no empty cell replaces a mark there.

    `lines` are its rows in grades.csv, as dictionaries. Moodle finds people by the id number or the e-mail
    address, Canvas by the "SIS User ID"; both are those of the class list. Moodle refuses a whole file for a
    line that it knows nobody for, so whoever is not in the class list is left out; their ids are returned.
    nbgrader adds everybody it grades to its gradebook, without a name. Where no one has a name or an address
    (a list of ids, or none), nothing tells who was added, and all are written.
    """
    known = [line for line in lines if line["first_name"] or line["last_name"] or line["email"]] or lines
    scored = [line for line in known if line["score"]]
    moodle = [["ID number", "Email address", "First name", "Last name", assignment]]
    moodle += [
        [*(line[key] for key in ("student_id", "email", "first_name", "last_name")), line["score"]]
        for line in scored
    ]
    # Canvas refuses a file in which the first five are not these, in this order.
    canvas = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]]
    canvas += [["    Points Possible", "", "", "", "", line["max_score"]] for line in scored[:1]]
    canvas += [[name(line), "", line["student_id"], "", "", line["score"]] for line in scored]
    for file, table in zip(FILES, (moodle, canvas), strict=True):
        with open(folder / file, "w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(table)
    return [line["student_id"] for line in lines if line["score"] and line not in known]


def name(line):
    """ "Bell, Anna", or the id where the class list does not have her."""
    return ", ".join(filter(None, (line["last_name"], line["first_name"]))) or line["student_id"]
