"""`leak-responder report`: an incident as a report, as a link, and as the reply to AWS Support."""
