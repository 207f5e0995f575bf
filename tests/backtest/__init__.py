"""The rules over recorded logs."""
