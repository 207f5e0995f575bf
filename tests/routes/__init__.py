"""What Git hosts may say through the HTTPS routes, and what comes of it."""
