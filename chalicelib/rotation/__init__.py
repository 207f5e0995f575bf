"""Secrets Manager rotation: the four steps, and one file per kind of secret."""

from chalicelib.rotation.kind import RotationError
from chalicelib.rotation.steps import KINDS, PERMISSIONS, rotate

__all__ = ["KINDS", "PERMISSIONS", "RotationError", "rotate"]
