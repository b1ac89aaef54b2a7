"""One training for all tests of the service: the course's own mails, as `python -m service.train` does it."""

import threading
import time

import httpx
import pytest
import uvicorn

from service.app import create_app
from service.connection import Connection
from service.model import promote, save
from service.train import course_mails, fit, to_arrays


@pytest.fixture(scope="session")
def learned():
    """The scikit-learn pipeline with its sigmoid, fitted on the course's mails."""
    return fit(course_mails())


@pytest.fixture(scope="session")
def model(learned):
    """The same model as arrays."""
    return to_arrays(learned)


@pytest.fixture
def registry(tmp_path, model):
    """A registry whose version in use is the model."""
    promote(tmp_path / "models", save(model, tmp_path / "models"))
    return tmp_path / "models"


class Running:
    """The application behind a real socket: its address, its state, and a way to stop it."""

    def __init__(self, app):
        self.app = app
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=Connection, log_level="warning", access_log=False)
        )
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started and self.thread.is_alive():
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def running(registry, tmp_path):
    """The service, running; its predictions go to tmp_path / "predictions.db"."""
    service = Running(create_app(registry, tmp_path / "predictions.db"))
    yield service
    service.stop()


@pytest.fixture
def client(running):
    """An HTTP client of the running service."""
    with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as client:
        yield client


def wait_for(condition):
    """Wait until a function of nothing gives something true."""
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within 20 seconds")
