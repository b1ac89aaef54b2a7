"""The course's tests; `python course.py test` runs them together with every notebook."""
