"""`python -m console`: the command where it is not installed."""

from console.main import app

app()
