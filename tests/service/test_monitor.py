"""Drift measures against their definitions, and a report on a log whose story is known."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from service.monitor import Log, Row, add_labels, chance_level, ks, psi, report


def test_psi_of_a_worked_example():
    """Shares 0.5 and 0.5 become 0.25 and 0.75 (counts large enough for the half cases not to matter)."""
    reference = np.repeat([0.0, 1.0], 500_000)
    window = np.repeat([0.0, 1.0], [250_000, 750_000])
    expected = (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    assert psi(reference, window, bins=2) == pytest.approx(expected, rel=1e-4)


def test_psi_of_equal_and_moved_samples():
    rng = np.random.default_rng(0)
    reference = rng.normal(size=5000)
    assert psi(reference, reference) < 1e-6
    assert psi(reference, rng.normal(size=1000)) < chance_level(1000, 5000)
    assert psi(reference, rng.normal(0.5, size=1000)) > 0.15
    assert np.isfinite(psi(reference, np.full(100, 9.0))), "an empty bin is not infinite"


def test_chance_level_holds_what_it_says():
    """Of windows in which nothing has changed about one in a hundred lies above, small windows or large."""
    rng = np.random.default_rng(1)
    for n in (50, 500):
        level = chance_level(n, 5000)
        above = np.mean([psi(rng.random(5000), rng.random(n)) > level for _ in range(1000)])
        assert 0.001 <= above <= 0.03
    assert chance_level(100, 5000) > 3 * chance_level(500, 5000) > 0


def test_ks_is_the_statistic_of_scipy():
    rng = np.random.default_rng(2)
    for n, m in [(50, 80), (500, 20)]:
        a, b = rng.normal(size=n).round(1), rng.normal(0.3, size=m).round(1)
        assert ks(a, b) == pytest.approx(ks_2samp(a, b).statistic)


def rows(rng, day, n, shift=0.0, model="a"):
    probability = 1 / (1 + np.exp(-rng.normal(shift, 3, n)))
    return [
        Row(
            f"{day}-{i}",
            86_400.0 * day + i,
            model,
            p,
            "move" if p > 0.6 else "keep",
            int(rng.integers(10, 900)),
            40,
            0.3,
        )
        for i, p in enumerate(probability)
    ]


def test_report(tmp_path):
    rng = np.random.default_rng(3)
    path = tmp_path / "log.db"
    log = Log(path)
    days = [rows(rng, 1, 400), rows(rng, 2, 400), rows(rng, 3, 400, shift=4.0, model="b")]
    for row in sum(days, []):
        log.add(row)
    log.close()
    add_labels(path, [(row.id, row.at + 9, row.probability > 0.5) for row in days[0][:100]])
    steps = (np.arange(500) + 0.5) / 500
    reference = {
        "log_odds": np.quantile(rng.normal(0, 3, 5000), steps).tolist(),
        "length": np.quantile(rng.integers(10, 900, 5000), steps).tolist(),
        "known_words": [40.0] * 500,
    }
    first, second, third = report(path, reference)
    assert [day["n"] for day in (first, second, third)] == [400, 400, 400]
    assert [day["level"] for day in (first, second, third)] == ["ok", "ok", "alarm"]
    assert [day["model"] for day in (first, second, third)] == ["a", "a", "b"]
    assert third["psi"]["log_odds"] > 0.5 and third["psi"]["length"] < 0.1 and third["ks"]["log_odds"] > 0.3
    assert first["labelled"] == 100 and first["precision"] == 1 and first["recall"] < 1
    assert second["labelled"] == 0 and second["precision"] is None
    assert (first["start"], first["median_ms"]) == (86_400.0, pytest.approx(0.3))


def test_a_log_that_cannot_be_written(tmp_path):
    with pytest.raises(Exception, match="unable to open"):
        Log(tmp_path / "missing" / "log.db")


def test_two_writers_lose_nothing(tmp_path):
    rng, path = np.random.default_rng(4), tmp_path / "log.db"
    logs = [Log(path), Log(path)]
    for number, row in enumerate(rows(rng, 1, 2000)):
        logs[number % 2].add(row)
    for log in logs:
        log.close()
    (day,) = report(path, {name: [0.0, 1.0] for name in ("log_odds", "length", "known_words")})
    assert day["n"] == 2000
