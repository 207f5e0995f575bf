"""`leak-responder report`: an incident as a report, and what a secret scanner found."""
