"""The spam filter of chapter 9 as a web service: `python -m service` (see README.md)."""
