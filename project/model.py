"""What this project is about: edit this file first. Every other file here reads it and stays as it is.

It begins with the plainest model on a table of the course (customers of a telephone company: who leaves?), so
that everything runs from the first minute. Put your own question in its place, piece by piece.
"""

from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier

import coursekit as ck

# What a mistake costs whoever pays for it, in one unit that you name (here: euros).
COST_FALSE_ALARM = 10.0  # a customer who would have stayed gets the offer
COST_MISS = 60.0  # a customer leaves without having been offered anything

# Fields that the service's log leaves out, such as a text that somebody wrote: ("text",)
NOT_LOGGED = ()


class Row(BaseModel):
    """A request to the service: only what is known at the moment of prediction, every field with limits."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    tenure: int = Field(ge=0, le=1200, description="months as a customer")
    monthly_charges: float = Field(ge=0, le=10_000, description="dollars")
    contract: Literal["Month-to-month", "One year", "Two year"]


def load_data() -> pd.DataFrame:
    """One line for each case: the fields of Row, and three columns more.

    target   1 or 0: did it happen?
    group    cases of one group are never split between learning and judging (one person, one day, one car …);
             where every case stands alone, its number
    is_test  True for the cases kept for the one honest test at the end: as far from the others as the cases
             that the service will meet (the latest months, other towns …)
    weight   optional: how many cases out there the line stands for, where some were sampled more often
    """
    customers = ck.load("customers")
    table = customers[list(Row.model_fields)].copy()
    table["target"] = (customers["churn"] == "Yes").astype(int)
    table["group"] = range(len(table))
    table["is_test"] = table["group"] % 5 == 0  # the file has no order in time
    return table


def make_model() -> BaseEstimator:
    """An unfitted classifier with predict_proba that takes a table with the columns of Row."""
    return DummyClassifier()  # says the same to everybody: the baseline to beat
