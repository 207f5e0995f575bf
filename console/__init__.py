"""What a person runs: the `leak-responder` command."""
