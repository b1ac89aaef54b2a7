"""The questions of chapter 0, start here."""

import numpy as np
from sklearn.model_selection import train_test_split

import coursekit as ck
from coursekit.checking import need, question


def one_number(answer):
    need(not isinstance(answer, str), "Give the number itself, not a text: no quotation marks.")
    need(np.size(answer) == 1, "Give one number, not a whole table or list.")
    return float(np.ravel(answer)[0])


@question
def q0(n_people):
    people = ck.load("diabetes")
    number = one_number(n_people)
    need(not 50 <= number <= 60, "That is the number of columns. One row is one person.")
    need(number < 2 * len(people), "That counts every entry: people times columns. One row is one person.")
    need(number == len(people), "Count the rows of the table, one for each person.")


@question
def q1(share):
    people = ck.load("diabetes")
    number, sick, measured = one_number(share), people["diabetes"] == 1, people["waist"].notna()
    right = sick[measured].mean()

    def close(other):
        return abs(number - other) < 5e-4

    need(not close(100 * right), "Right, but in percent: give it as a fraction between 0 and 1.")
    need(not close(sick.mean()), "That is the share among all people, measured or not.")
    need(not close((sick & measured).mean()), "You divide by all people: divide by those measured.")
    need(not close(sick[~measured].mean()), "That is the share among those who were not measured.")
    need(not close(1 - right), "That is the share of those without diabetes.")
    need(not close(measured.mean()), "That is the share of people who were measured, not of the sick.")
    need(not close(measured[sick].mean()), "Turned round: the share of the sick who were measured.")
    need(number <= 1, "A fraction lies between 0 and 1: divide the count of the sick by the measured.")
    need(close(right) or abs(number - right) > 0.01, "Nearly: give it with at least three digits.")
    need(close(right), "Keep the people whose waist is known; what share of them has diabetes?")


@question
def q2(accuracy):
    y, y_hat = np.array([1, 0, 0, 1, 0, 0, 0, 0]), np.array([1, 1, 0, 0, 0, 0, 0, 0])
    found = accuracy(y, y_hat)
    need(found is not None, "Your function returns nothing: end it with return.")
    number = one_number(found)
    need(not np.isclose(number, 75), "Right, but in percent: return a fraction between 0 and 1.")
    need(not np.isclose(number, 6), "That is how many are right; what share of all is it?")
    need(not np.isclose(number, 0.25), "That is the share of wrong answers: count the right ones.")
    need(not np.isclose(number, 0.5), "A right 0 counts as well as a right 1: do not look at the 1s only.")
    need(np.isclose(number, 0.75), "In [1, 0, 0, 1, 0, 0, 0, 0] against [1, 1, 0, 0, …] 6 of 8 are right.")
    rng = np.random.default_rng(0)
    for n in (1, 5, 400):
        y, y_hat = rng.integers(0, 2, n), rng.integers(0, 2, n)
        need(
            np.isclose(one_number(accuracy(y, y_hat)), np.mean(y == y_hat)),
            "Right for the example only: use y and y_hat, whatever their length.",
        )


@question
def q3(scores):
    people = ck.load("diabetes")
    _, y_test = train_test_split(people["diabetes"].to_numpy(), test_size=0.4, random_state=1)
    scores = np.asarray(scores, dtype=float)
    need(scores.ndim == 1 or scores.shape[-1] != 2, "predict_proba gives two columns: take the second.")
    scores, n = np.ravel(scores), len(y_test)
    need(len(scores) != len(people) - n, "Those are scores of the training people: score X_test.")
    need(len(scores) == n, f"Give one score for each of the {n} people of X_test; there are {len(scores)}.")
    need(not np.isnan(scores).any(), "Some scores are missing (NaN): each person needs one.")
    n_values = len(np.unique(scores))
    need(n_values > 1, "All scores are equal, so nobody comes first.")
    need(
        n_values > 2,
        "Only two different scores, so most people tie: use predict_proba, and a model that can be unsure.",
    )
    share = y_test[np.argsort(-scores, kind="stable")[: n // 3]].sum() / y_test.sum()
    said = f"The third you send holds {share:.1%} of the people with diabetes."
    need(share < 0.72, f"{said} Too good for these measurements: which column would the nurse not have?")
    need(share > 0.2, f"{said} Drawing lots finds more: is a high score a high probability of a 1?")
    need(share > 0.502, f"{said} The widest waist first finds half: try a simpler model, or other columns.")
