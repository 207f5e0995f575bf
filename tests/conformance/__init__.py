"""The embedded AWS does what AWS does, one honesty point a file: judged by real signed calls alone."""
