"""How fast the response is, measured: everything as a ratio to what the same machine and server do in the same run."""
