"""`leak-responder timeline`: what a credential did, from logs or from CloudTrail's own memory."""
