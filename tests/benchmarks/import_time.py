"""Seconds that `import coursekit` costs beyond matplotlib, in fresh processes (the course allows 0.2).

.venv/bin/python tests/benchmarks/import_time.py
"""

import statistics
import subprocess
import sys
from pathlib import Path

CODE = "import time, matplotlib; t = time.perf_counter(); import coursekit; print(time.perf_counter() - t)"


def measure():
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run([sys.executable, "-c", CODE], cwd=root, capture_output=True, text=True, check=True)
    return float(run.stdout)


if __name__ == "__main__":
    times = [measure() for _ in range(9)]
    print(f"import coursekit: {statistics.median(times):.3f} s (median of 9, at most {max(times):.3f} s)")
