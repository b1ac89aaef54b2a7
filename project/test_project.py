"""Tests of the project: run `pytest` in this folder. They train on a copy, so nothing of yours is changed.

Add your own: what must never happen in your project (a request to be refused, a case that must be called).
"""

import json

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

import monitor
import registry
import serve
import train
from model import NOT_LOGGED, Row, load_data, make_model

FIELDS = list(Row.model_fields)


@pytest.fixture(scope="module")
def table():
    return load_data()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A registry with one version in use."""
    folder = tmp_path_factory.mktemp("project") / "models"
    name, _ = train.train(folder)
    registry.promote(name, folder)
    return folder


@pytest.fixture
def client(models, tmp_path):
    with TestClient(serve.make_app(models, tmp_path / "log.db")) as client:
        yield client


@pytest.fixture
def request_body(table):
    """A case of the table as the service gets it."""
    return json.loads(table[FIELDS].head(1).to_json(orient="records"))[0]


# --- the data -----------------------------------------------------------------------------------------


def test_the_table_has_what_the_other_files_need(table):
    assert set(table.columns) >= {*FIELDS, "target", "group", "is_test"}
    assert set(table["target"]) == {0, 1}
    assert table["is_test"].dtype == bool
    assert table["is_test"].any() and not table["is_test"].all()


def test_no_group_is_on_both_sides_of_the_test(table):
    sides = table.groupby("group")["is_test"].nunique()
    assert sides.max() == 1


def test_no_field_is_the_target_in_disguise(table):
    """A single field that tells all is known only afterwards, as a rule: look where yours comes from."""
    for name in FIELDS:
        codes = table[name] if table[name].dtype.kind in "biuf" else table[name].astype("category").cat.codes
        separates = table.groupby(pd.qcut(codes.rank(method="first"), 20))["target"].agg(["min", "max"])
        assert not (separates["min"] == separates["max"]).all(), name


def test_the_cases_pass_their_own_validation(table):
    """What the model learns from is what the service lets in."""
    for case in json.loads(table[FIELDS].head(500).to_json(orient="records")):
        Row(**case)


# --- the model ----------------------------------------------------------------------------------------


def test_the_model_costs_no_more_than_calling_everybody_or_nobody(models):
    name = registry.history(models)[-1]
    judged = registry.load(name, models)[1]["test"]
    assert judged["saved, from and to (95 %)"][1] >= 0


def test_training_again_gives_the_same_model(table):
    learn, some = table[~table["is_test"]], table[FIELDS].head(100)
    first, second = (make_model().fit(learn[FIELDS], learn["target"]).predict_proba(some) for _ in range(2))
    np.testing.assert_allclose(first, second, rtol=1e-9)


# --- the service --------------------------------------------------------------------------------------


def test_the_service_says_what_the_model_says(client, models, request_body):
    name = registry.history(models)[-1]
    fitted, passport = registry.load(name, models)
    said = client.post("/predict", json=request_body).json()
    expected = fitted.predict_proba(pd.DataFrame([request_body]))[0, 1]
    assert said["probability"] == pytest.approx(expected)
    assert said["called"] == (expected >= passport["threshold"])
    assert said["version"] == client.get("/health").json()["version"] == name


@pytest.mark.parametrize("body", ["", "[]", "{}", "nonsense", '{"x": NaN}', "1e999", '{"a": ' + "[" * 500])
def test_bad_input_is_refused_and_named(client, body):
    answer = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_field_that_is_missing_or_too_many_is_named(client, request_body):
    for name in FIELDS:
        less = {field: value for field, value in request_body.items() if field != name}
        answer = client.post("/predict", json=less)
        assert (answer.status_code, name in answer.text) == (422, True)
    answer = client.post("/predict", json=request_body | {"target": 1})
    assert answer.status_code == 422


def test_a_giant_request_is_refused(client):
    assert client.post("/predict", content=b" " * 200_000).status_code == 413


def test_without_a_model_the_service_says_so(tmp_path, request_body):
    with TestClient(serve.make_app(tmp_path / "models", tmp_path / "log.db")) as client:
        assert client.post("/predict", json=request_body).status_code == 503


def test_a_model_for_other_fields_does_not_answer(tmp_path, request_body):
    name = registry.save(make_model(), {"threshold": 0.5, "fields": ["another"]}, tmp_path / "models")
    registry.promote(name, tmp_path / "models")
    with TestClient(serve.make_app(tmp_path / "models", tmp_path / "log.db")) as client:
        answer = client.post("/predict", json=request_body)
    assert (answer.status_code, "other fields" in answer.text) == (503, True)


def test_a_damaged_version_is_not_put_to_use(models):
    name = registry.save(make_model(), {"threshold": 0.5, "fields": FIELDS}, models)
    (models / name / "model.joblib").write_bytes(b"not a model")
    with pytest.raises(registry.RegistryError, match="damaged"):
        registry.promote(name, models)
    assert registry.history(models)[-1] != name


# --- the monitor --------------------------------------------------------------------------------------


def test_the_log_holds_what_was_asked_and_the_report_counts_it(client, tmp_path, models, request_body):
    for _ in range(3):
        client.post("/predict", json=request_body)
    log = monitor.predictions(tmp_path / "log.db")
    kept = {field: value for field, value in request_body.items() if field not in NOT_LOGGED}
    assert log["request"].tolist() == [kept] * 3
    reference = registry.load(registry.history(models)[-1], models)[1]["reference"]
    assert monitor.report(log, reference)["predictions"] == 3
    assert monitor.price(log, dict.fromkeys(log["id"], 0))["outcomes known"] == 3


def test_the_alarm_rings_on_other_scores_and_not_on_the_same():
    rng = np.random.default_rng(0)
    scores = rng.beta(2, 5, 2000)
    reference = {"score": scores.tolist(), "weight": [1.0] * 2000}
    level = monitor.chance_level(reference, 300)
    assert (
        monitor.psi(reference, rng.choice(scores, 300)) < level < monitor.psi(reference, scores[:300] + 0.3)
    )


def test_the_monitor_counts_a_case_as_often_as_its_weight_says():
    scores, weight = np.repeat([0.1, 0.9], 1000), np.repeat([9.0, 1.0], 1000)
    reference = {"score": scores.tolist(), "weight": weight.tolist()}
    level = monitor.chance_level(reference, 200)
    assert monitor.psi(reference, np.repeat([0.1, 0.9], [180, 20])) < level
    assert monitor.psi(reference, np.repeat([0.1, 0.9], [100, 100])) > level
