"""The embedded AWS, its inhabitants and its intruders."""
