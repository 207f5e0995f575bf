"""The command as a person meets it: help, refusals, exit codes."""
