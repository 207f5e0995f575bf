"""Containment actions, one file each; the playbook names them, `respond` takes them."""

from chalicelib.actions import (
    bound_user,
    deactivate_key,
    narrow_user,
    quarantine_user,
    revoke_role_sessions,
    rotate_secret,
    snapshot_instance,
)

ACTIONS = (
    quarantine_user.ACTION,
    bound_user.ACTION,
    revoke_role_sessions.ACTION,
    deactivate_key.ACTION,
    narrow_user.ACTION,
    rotate_secret.ACTION,
    snapshot_instance.ACTION,
)

BY_NAME = {action.name: action for action in ACTIONS}
