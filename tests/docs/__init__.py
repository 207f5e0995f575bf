"""The pages are true: what they name exists, and what they show was run."""
