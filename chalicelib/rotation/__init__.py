"""Secrets Manager rotation: the four steps, one file per kind of secret."""

from chalicelib.rotation.steps import PERMISSIONS, RotationError, rotate

__all__ = ["PERMISSIONS", "RotationError", "rotate"]
