"""What a credential did, from recorded CloudTrail."""
