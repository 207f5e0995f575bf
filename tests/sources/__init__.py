"""What is read of each event, and which events the deployed rules let through."""
