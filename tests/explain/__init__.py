"""The offline command, as people and programs see it."""
