"""`python -m service`: train a first model if there is none, then serve it."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

try:
    import uvicorn

    from service.app import create_app
    from service.connection import Connection
    from service.model import ModelError, history
except ModuleNotFoundError as missing:
    sys.exit(
        f"Not started: this Python has no {missing.name}. Use the course's, .venv/bin/python -m service "
        "(Windows: .venv\\Scripts\\python), or install service/requirements.txt."
    )


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Serve the spam filter.")
    parser.add_argument(
        "--registry", type=Path, default=Path("models"), help="folder of model versions (models)"
    )
    parser.add_argument(
        "--log", type=Path, help="SQLite file for the log of predictions; without it, none is kept"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 is everybody's (127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=8000, help="port (8000); 0 takes a free one")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        if not history(chosen.registry):
            print("No model yet: training one on the course's mails, about half a minute.", flush=True)
            from service.train import main as train  # needs scikit-learn; serving does not

            if status := train(["--registry", str(chosen.registry)]):
                return status
        app = create_app(chosen.registry, chosen.log)
    except ModelError as error:
        print(f"Not started: {error}", file=sys.stderr)
        return 1
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        http=Connection,
        access_log=False,
        timeout_keep_alive=30,
        limit_concurrency=500,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
