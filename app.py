"""What AWS calls: one handler per rule, queue, schedule and function; each is one call into the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, Rate, Response

from chalicelib import handlers, sources

if TYPE_CHECKING:
    from chalice.app import CloudWatchEvent, SQSEvent

app = Chalice(app_name="leak-responder")


@app.on_cw_event(sources.guardduty.PATTERN)
def guardduty_finding(event: CloudWatchEvent) -> list[str]:
    """GuardDuty says that a credential is misused."""
    return handlers.handle_event(event.to_dict())


@app.on_cw_event(sources.credential_events.PATTERN)
def credential_event(event: CloudWatchEvent) -> list[str]:
    """A credential was created, revived or quarantined, or our containment undone."""
    return handlers.handle_event(event.to_dict())


@app.on_cw_event(sources.health.PATTERN)
def health_exposure(event: CloudWatchEvent) -> list[str]:
    """AWS itself says that a credential is exposed."""
    return handlers.handle_event(event.to_dict())


@app.on_sqs_message(queue="leak-responder-wide", batch_size=1)
def wide_event(event: SQSEvent) -> list[str]:
    """What the wide rules let through: judged and told, and handed on where somebody is to be contained."""
    return handlers.handle_wide([record.body for record in event])


@app.route("/github", methods=["POST"])
def github_alert() -> Response:
    """GitHub's webhook. This and the next two routes are one function, which only verifies and hands on."""
    return handlers.handle_route("github_alert", app.current_request)


@app.route("/gitlab/v1/revocable_token_types", methods=["GET"])
def gitlab_types() -> Response:
    """What GitLab should send us."""
    return handlers.handle_route("gitlab_types", app.current_request)


@app.route("/gitlab/v1/revoke_tokens", methods=["POST"])
def gitlab_tokens() -> Response:
    """What GitLab found."""
    return handlers.handle_route("gitlab_tokens", app.current_request)


@app.on_sqs_message(queue="leak-responder-follow-up", batch_size=1)
def follow_up(event: SQSEvent) -> list[str]:
    """What follows containment, and signals that had to wait."""
    return handlers.handle_queue([record.body for record in event])


@app.on_sqs_message(queue="leak-responder-inquiries", batch_size=1)
def inquire(event: SQSEvent) -> list[str]:
    """What a contained credential did and made, as CloudTrail has it."""
    return handlers.handle_inquiries([record.body for record in event])


@app.schedule(Rate(5, unit=Rate.MINUTES))
def patrol(event: CloudWatchEvent) -> int:
    """Incidents that stopped moving are taken up again."""
    del event
    return handlers.handle_patrol()


@app.lambda_function()
def replay(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A finding, incident or event answered again by hand."""
    del context
    return handlers.handle_replay(event)


@app.lambda_function()
def rotate_access_key(event: dict[str, Any], context: object) -> None:
    """One of the four steps for an IAM user's access key."""
    del context
    handlers.handle_key_rotation(event)


@app.lambda_function()
def rotate_generated_password(event: dict[str, Any], context: object) -> None:
    """One of the four steps of a Secrets Manager rotation."""
    del context
    handlers.handle_rotation(event)
