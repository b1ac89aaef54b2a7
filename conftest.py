"""pytest reads this first, whichever notebook or test it is asked for."""

pytest_plugins = ["tests.notebooks"]
