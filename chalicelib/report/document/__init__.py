"""The report on an incident: composed once as a `Report`, then written as a page, Markdown and JSON."""
