"""Containment actions, one file each; the playbook names them, `respond` takes them."""

from chalicelib.actions import (
    bound_user,
    deactivate_certificate,
    deactivate_key,
    deactivate_mfa,
    deactivate_service_specific,
    deactivate_ssh_key,
    disable_cognito_user,
    disable_trust_anchor,
    enable_detector,
    enable_kms_key,
    isolate_instance,
    narrow_user,
    quarantine_user,
    record_management_events,
    revoke_kms_grant,
    revoke_role_sessions,
    rotate_secret,
    snapshot_instance,
    start_logging,
)

ACTIONS = (
    quarantine_user.ACTION,
    bound_user.ACTION,
    revoke_role_sessions.ACTION,
    deactivate_key.ACTION,
    deactivate_service_specific.ACTION,
    deactivate_ssh_key.ACTION,
    deactivate_certificate.ACTION,
    narrow_user.ACTION,
    rotate_secret.ACTION,
    snapshot_instance.ACTION,
    isolate_instance.ACTION,
    start_logging.ACTION,
    record_management_events.ACTION,
    enable_detector.ACTION,
    deactivate_mfa.ACTION,
    enable_kms_key.ACTION,
    revoke_kms_grant.ACTION,
    disable_trust_anchor.ACTION,
    disable_cognito_user.ACTION,
)

BY_NAME = {action.name: action for action in ACTIONS}
