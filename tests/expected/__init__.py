"""`leak-responder test`: a user's own expectations."""
