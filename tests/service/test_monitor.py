"""Drift measures against their definitions, and a report on a log whose story is known."""

import sqlite3
import time

import numpy as np
import pytest
from scipy.stats import ks_2samp

from service.model import SpamModel, promote, save
from service.monitor import Log, Row, add_labels, chance_level, ks, main, psi, report, window_row


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


# ------------------------------------------------------------------------------------------- the levels


def reference():
    """500 steps of three distributions: a smooth one, a skewed one, and one of few values, with many ties."""
    steps = (np.arange(500) + 0.5) / 500
    rng = np.random.default_rng(5)
    return {
        "log_odds": np.quantile(rng.normal(-2, 4, 5000), steps).tolist(),
        "length": np.quantile(rng.lognormal(6, 1.5, 5000).round(), steps).tolist(),
        "known_words": np.quantile(rng.poisson(2.5, 5000), steps).tolist(),
    }


def window(rng, n, shift=0.0):
    """n rows as `window_row` wants them, drawn from the reference; the score moved by `shift`."""
    drawn = {name: rng.choice(values, n) for name, values in reference().items()}
    probability = 1 / (1 + np.exp(-drawn["log_odds"] - shift))
    columns = zip(probability, drawn["length"], drawn["known_words"], strict=True)
    return [(0.0, "a", p, "keep", length, known, 0.3, None) for p, length, known in columns]


@pytest.mark.parametrize("n", [1, 2, 5, 20, 100, 500])
def test_quiet_windows_ring_once_in_a_hundred(n):
    """Of 300 windows in which nothing has changed; of one mail nothing can be said at all."""
    rng = np.random.default_rng(6)
    levels = [window_row(window(rng, n), reference())["level"] for _ in range(300)]
    assert 300 - levels.count("ok") <= (0 if n == 1 else 8)


@pytest.mark.parametrize("n, shift", [(5, 16), (20, 8), (100, 4), (500, 3)])
def test_changed_windows_ring(n, shift):
    rng = np.random.default_rng(7)
    levels = [window_row(window(rng, n, shift), reference())["level"] for _ in range(40)]
    assert levels.count("alarm") >= 36


def test_much_mail_and_little_change_do_not_ring():
    """What is sure need not matter: below a PSI of 0.1 all is ok, however many mails there are."""
    rng = np.random.default_rng(8)
    row = window_row(window(rng, 20_000, shift=0.5), reference())
    assert row["psi"]["log_odds"] > row["psi_by_chance"] and row["level"] == "ok"
    assert window_row(window(rng, 20_000, shift=1.7), reference())["level"] == "watch"


# ------------------------------------------------------------------------------------------ the command


@pytest.fixture
def registry(tmp_path):
    """A registry with one small version in use."""
    about = {"data": {}, "metrics": {}, "notes": [], "reference": reference()}
    model = SpamModel(["free", "linux"], [1, 1], [4, -4], 0, {"move": 0.5, "delete": 0.9}, about)
    promote(tmp_path / "models", save(model, tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def say(registry, tmp_path, capsys):
    """Write windows into a log, each so many days old, and run the command on it: its status and words."""
    (version,) = (registry / "current").read_text().split()

    def report_on(windows, *options, model=version):
        log, now = Log(tmp_path / "predictions.db"), time.time()
        for days, some in windows:
            for i, (_, _, *rest) in enumerate(some):
                at = now - 86_400 * days - i
                log.add(Row(f"{days}-{i}", at, model, rest[0], rest[1], int(rest[2]), int(rest[3]), 0.3))
        log.close()
        status = main([str(tmp_path / "predictions.db"), "--registry", str(registry), *options])
        return status, capsys.readouterr().out

    return report_on


def test_the_command_is_quiet_and_rings(say):
    rng = np.random.default_rng(9)
    status, said = say([(2.1, window(rng, 100, 9)), (0.1, window(rng, 60))])
    assert status == 0
    assert [line.split()[2] for line in said.splitlines() if line[:2] == "20"] == ["100", "60"]
    assert " alarm " in said and " ok " in said
    status, said = say([(0.2, window(rng, 100, 9))])
    assert status == 1


def test_the_command_looks_at_the_last_day_only(say):
    status, said = say([(1.5, window(np.random.default_rng(10), 100, 9))])
    assert status == 0 and " alarm " in said and "None in the last 1 days." in said
    assert say([], "--days", "7")[0] == 1


def test_the_command_looks_at_the_version_in_use_only(say):
    status, said = say([(0.1, window(np.random.default_rng(11), 100, 9))], model="another")
    assert status == 0 and said.endswith(":\nnone\n")


def test_the_log_forgets(say, tmp_path):
    rng = np.random.default_rng(12)
    path = tmp_path / "predictions.db"
    say([(100, window(rng, 30)), (1, window(rng, 20))])
    add_labels(path, [("100-1", time.time() - 95 * 86_400, True), ("1-1", time.time() - 86_400, True)])
    _, said = say([], "--forget", "90")
    assert "30 predictions older than 90 days deleted." in said
    database = sqlite3.connect(path)
    assert database.execute("SELECT count(*) FROM predictions").fetchone() == (20,)
    assert database.execute("SELECT id FROM labels").fetchall() == [("1-1",)]
    database.close()


def test_no_report(registry, tmp_path, capsys):
    """One sentence and status 2; a file that is something else stays as it is."""
    (tmp_path / "text").write_text("This is a text, and no database at all.")
    sqlite3.connect(tmp_path / "other.db").close()
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    Log(tmp_path / "log.db").close()
    for log, models, sentence in [
        ("missing.db", registry, "there is no log"),
        (".", registry, "there is no log"),
        ("text", registry, "not a database"),
        ("other.db", registry, "no such table"),
        ("log.db", tmp_path / "nowhere", "no model in"),
        ("log.db", tmp_path / "text", "text"),
    ]:
        assert main([str(tmp_path / log), "--registry", str(models)]) == 2
        said = capsys.readouterr()
        assert not said.out and said.err.count("\n") == 1 and sentence in said.err
    assert (tmp_path / "other.db").read_bytes() == before
    for wrong in (["--days", "0"], ["--days", "nan"], ["--forget", "-1"]):
        with pytest.raises(SystemExit) as ended:
            main([str(tmp_path / "log.db"), *wrong])
        assert ended.value.code == 2
