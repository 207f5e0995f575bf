"""What a person orders, with their own credentials: contain, approve, release, restore, pause, replay."""
