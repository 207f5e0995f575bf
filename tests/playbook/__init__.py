"""What is decided, rule by rule."""
