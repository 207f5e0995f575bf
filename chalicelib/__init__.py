"""Leak Responder: what runs inside Lambda."""
