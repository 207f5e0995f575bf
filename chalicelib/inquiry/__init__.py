"""What a credential did, what it minted, how it leaked, what breaks without it, and what it read.

files, reading → calls → family → answers → inquire. Nothing here but the readers reaches AWS.
"""
