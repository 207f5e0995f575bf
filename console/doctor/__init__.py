"""`leak-responder doctor`: whether a deployed stack would do its work tonight. Nothing is changed."""
