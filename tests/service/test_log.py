"""The log of predictions in bad times: locked, damaged, gone, and more rows than it can take."""

import sqlite3

import pytest

import service.log
from service.log import Log, Row, add_labels, note_labels
from tests.service.conftest import wait_for


def row(number):
    return Row(f"{number:032x}", 1.0, "a", 0.5, "keep", 10, 4, 0.3)


def numbers(path):
    """The rows in the file."""
    database = sqlite3.connect(path)
    found = sorted(int(name, 16) for (name,) in database.execute("SELECT id FROM predictions"))
    database.close()
    return found


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "log.db")
    yield log
    log.close()


@pytest.fixture
def lock(log, tmp_path):
    """The file, held by somebody else."""
    lock = sqlite3.connect(tmp_path / "log.db")
    lock.execute("BEGIN IMMEDIATE")
    yield lock
    lock.close()


def test_rows_wait_for_a_lock_and_none_is_lost(log, lock, tmp_path, caplog):
    log.add(row(0))
    wait_for(lambda: log.trouble)
    log.add(row(1))
    assert (log.waiting, log.lost) == (2, 0) and "2 predictions wait" in log.trouble
    lock.rollback()
    wait_for(lambda: log.trouble is None)
    assert numbers(tmp_path / "log.db") == [0, 1] and log.waiting == 0
    assert caplog.text.count("cannot be written") == 1, "said once, not at each attempt"


def test_rows_that_find_no_room_are_counted(log, lock, tmp_path, monkeypatch):
    monkeypatch.setattr(service.log, "WAITING", 3)
    for number in range(5):
        log.add(row(number))
    assert (log.waiting, log.lost) == (3, 2)
    lock.rollback()
    wait_for(lambda: log.waiting == 0)
    assert numbers(tmp_path / "log.db") == [0, 1, 2] and "2 are lost" in log.trouble


def test_a_stop_does_not_wait_for_ever(log, lock, monkeypatch, caplog):
    monkeypatch.setattr(service.log, "CLOSE_SECONDS", 0.1)
    log.add(row(0))
    log.close()
    assert log.lost == 1 and "1 predictions are lost" in caplog.text


def test_a_log_that_is_taken_away_or_spoilt_is_begun_anew(log, tmp_path):
    """A file that was moved away keeps its rows, and what comes then is in a new one."""
    path = tmp_path / "log.db"
    log.add(row(0))
    wait_for(lambda: log.waiting == 0)
    path.rename(tmp_path / "old.db")
    log.add(row(1))
    wait_for(lambda: log.waiting == 0)
    assert (numbers(tmp_path / "old.db"), numbers(path)) == ([0], [1])
    path.write_bytes(b"no database " * 1000)
    log.add(row(2))
    wait_for(lambda: log.trouble)
    path.unlink()
    wait_for(lambda: log.trouble is None)
    assert numbers(path) == [2]


@pytest.mark.parametrize("kind", ["missing folder", "folder", "no database"])
def test_where_no_log_can_be_the_start_fails(tmp_path, kind):
    path = tmp_path / "log.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "no database":
        path.write_bytes(b"no database " * 1000)
    else:
        path = tmp_path / "missing" / "log.db"
    with pytest.raises(sqlite3.Error):
        Log(path)


def test_labels_are_noted_for_answers_in_the_log(log, tmp_path):
    path = tmp_path / "log.db"
    for number in range(3):
        log.add(row(number))
    wait_for(lambda: log.waiting == 0)
    assert note_labels(path, 5.0, {row(0).id: True, row(1).id: False, row(9).id: True}) == 2
    assert note_labels(path, 6.0, {row(0).id: False}) == 1, "what is said later counts"
    add_labels(path, [(row(2).id, 7.0, True)])
    database = sqlite3.connect(path)
    found = database.execute("SELECT id, at, is_spam FROM labels ORDER BY id").fetchall()
    database.close()
    assert found == [(row(0).id, 6.0, 0), (row(1).id, 5.0, 0), (row(2).id, 7.0, 1)]
