"""Secrets Manager rotation: the four steps, and one file per kind of secret."""

from chalicelib.rotation import access_key, generated_password, generated_token, parameters
from chalicelib.rotation.kind import Kind, RotationError, either
from chalicelib.rotation.steps import KEYS, PASSWORDS, rotate

__all__ = [
    "KEYS",
    "PASSWORDS",
    "Kind",
    "RotationError",
    "access_key",
    "either",
    "generated_password",
    "generated_token",
    "parameters",
    "rotate",
]
