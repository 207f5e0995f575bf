"""The formats of recorded logs: one reader for every command that takes logs or events.

A file goes through these, in this order: `packing` (gzip, zstd, zip, tar) → `decoding` (bytes to text) → `framing`
(which values stand in a text: JSON in `inquiry.reading`, CSV in `tables`) → `envelopes` (what carries a record, and
`rows`, for columns of a table). `records` says which of the values is a record of CloudTrail.
"""
