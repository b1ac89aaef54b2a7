"""The questions of chapter 0, start here."""

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import coursekit as ck
from coursekit.checking import attempt, need, question, told


def one_number(answer):
    need(not isinstance(answer, str), "Give the number itself, not a text: no quotation marks.")
    need(not callable(answer), "That is a function and not yet its result: call it, with ().")
    need(np.size(answer) == 1, "Give one number, not a whole table or list.")
    number = attempt(lambda: float(np.ravel(answer)[0]))
    need(not isinstance(number, Exception), f"Give a number; yours is a {type(answer).__name__}.")
    need(not np.isnan(number), "Your number is NaN, a missing value: what did you compute it from?")
    return number


@question
def q0(n_people):
    people = ck.load("diabetes")
    number = one_number(n_people)
    need(not 50 <= number <= 60, "That is about the number of columns. One row is one person.")
    entries = number > 50 * len(people) and number % len(people) == 0
    need(not entries, "That counts every entry: people times columns. One row is one person.")
    need(number == len(people), "Count the rows of the table, one for each person.")


@question
def q1(share):
    people = ck.load("diabetes")
    number, sick, measured = one_number(share), people["diabetes"] == 1, people["waist"].notna()
    right = sick[measured].mean()

    def close(other):
        return abs(number - other) <= 5e-4

    need(abs(number - 100 * right) > 0.05, "Right, but in percent: give it as a fraction between 0 and 1.")
    need(not close(sick.mean()), "That is the share among all people, measured or not.")
    need(not close((sick & measured).mean()), "You divide by all people: divide by those measured.")
    need(not close(sick[~measured].mean()), "That is the share among those who were not measured.")
    need(not close(1 - right), "That is the share of those without diabetes.")
    need(not close(measured.mean()), "That is the share of people who were measured, not of the sick.")
    need(not close(measured[sick].mean()), "Turned round: the share of the sick who were measured.")
    need(0 <= number <= 1, "A fraction lies between 0 and 1: divide the count of the sick by the measured.")
    rounded = number == round(number, 2) and abs(number - right) < 0.01
    need(close(right) or not rounded, "Nearly: give it with at least three digits.")
    need(close(right), "Keep the people whose waist is known; what share of them has diabetes?")


@question
def q2(accuracy):
    need(callable(accuracy), "accuracy is a function: def accuracy(y, y_hat): …")
    number = one_number(returned(accuracy, np.array([1, 0, 0, 1, 0, 0, 0, 0]), np.array([1, 1] + [0] * 6)))
    need(not np.isclose(number, 75), "Right, but in percent: return a fraction between 0 and 1.")
    need(not np.isclose(number, 6), "That is how many are right; what share of all is it?")
    need(not np.isclose(number, 0.25), "That is the share of wrong answers: count the right ones.")
    ones = "Yours gives 0.5 where 6 of 8 are right, as if only the 1s counted: a right 0 counts, too."
    need(not np.isclose(number, 0.5), ones)
    example = "Of y_hat = [1, 1, 0, 0, 0, 0, 0, 0] for y = [1, 0, 0, 1, 0, 0, 0, 0] 6 of 8 are right"
    need(np.isclose(number, 0.75), f"{example}, and yours gives {number:.4g}.")
    rng = np.random.default_rng(0)
    for n in (7, 30, 400):
        y = rng.integers(0, 2, n)
        for y_hat in (rng.integers(0, 2, n), (rng.random(n) < 0.9).astype(int), y.copy()):
            number, right = one_number(returned(accuracy, y, y_hat)), np.mean(y == y_hat)
            need(abs(number - right) > 0.006 or np.isclose(number, right), "Nearly: do not round the share.")
            count = f"Where {np.sum(y == y_hat)} of {n} are right, yours gives {number:.4g}"
            need(np.isclose(number, right), f"The example comes out right. {count}: use all of y and y_hat.")


def returned(accuracy, y, y_hat):
    """What the learner's function gives for copies of y and y_hat, which it must leave as they are."""
    mine = y.copy(), y_hat.copy()
    found = accuracy(*mine)
    need(found is not None, "Your function returns nothing: end it with return.")
    same = np.array_equal(mine[0], y) and np.array_equal(mine[1], y_hat)
    need(same, "After your function has run, y or y_hat holds other numbers: make a new array instead.")
    return found


@question
def q3(scores):
    people = ck.load("diabetes")
    treated = (people["takes_pills"] == 1) | (people["takes_insulin"] == 1)
    visitors = people[(people["told_diabetes"] != "1") & ~treated]
    test = train_test_split(visitors, test_size=0.5, stratify=visitors["diabetes"], random_state=1)[1]
    y, n = test["diabetes"].to_numpy(), len(test)
    labelled = isinstance(scores, (pd.Series, pd.DataFrame))
    if labelled and scores.index.sort_values().equals(test.index.sort_values()):
        scores = scores.loc[test.index]  # each score carries its person's label: no matter in which order
    scores = attempt(lambda: np.asarray(scores, dtype=float))
    need(not isinstance(scores, Exception), f"scores is not a list of numbers: {told(scores)}")
    need(scores.ndim < 2 or scores.shape[-1] != 2, "predict_proba gives two columns: take the second.")
    scores = np.ravel(scores)
    need(len(scores) == n, f"Give one score for each of the {n} people of X_test; there are {len(scores)}.")
    need(not np.isnan(scores).any(), "Some scores are missing (NaN): each person needs one.")
    n_values = len(np.unique(scores))
    need(n_values > 1, "All scores are equal, so nobody comes first: use predict_proba.")
    rising = (np.diff(scores) >= 0).all() or (np.diff(scores) <= 0).all()
    need(not rising, "The scores are sorted: leave them in the order of the people in X_test.")
    last = np.sort(scores)[-(n // 3)]  # of those who tie with the last one sent, some are drawn by lot
    above, tied = scores > last, scores == last
    share = (y[above].sum() + (n // 3 - above.sum()) * y[tied].mean()) / y.sum()
    said = f"The third you send holds {share:.1%} of the people with diabetes."
    # Among the people without diabetes, too, the blood value is in the order of the scores?
    well = y == 0
    order = pd.Series(scores[well]).corr(pd.Series(test["hba1c"].to_numpy()[well]), method="spearman")
    need(
        not order >= 0.6,
        f"{said[:-1]}, in the order of their blood values: which column has the nurse not yet?",
    )
    area = roc_auc_score(y, pd.Series(scores).rank())  # the best honest ones reach 0.73 and 0.78
    far_up = "In your order they stand further up than these measurements tell of new people."
    seen = "Is the blood test's result among your columns, or has the model seen y of the people in X_test?"
    need(share < 0.8 and area < 0.81, f"{said} {far_up} {seen}")
    unsure = "use predict_proba, and a model that can be unsure"
    need(n_values > 2 or share > 0.5, f"{said} There are only two scores, so most people tie: {unsure}.")
    lots = "Drawing lots finds a third: does a high score mean a probable 1"
    need(share > 0.4, f"{said} {lots}, does each stand at its person's place, is the model simple enough?")
    need(share >= 0.5, f"{said} At least half is asked for: try a simpler model, or other columns.")
