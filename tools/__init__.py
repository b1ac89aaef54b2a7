"""What `course.py` runs inside the course's environment."""
