"""What the routes promise to whoever asks, as OpenAPI: of each answer its status and its shape."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_NOT_JSON = {"type": "object", "required": ["Code", "Message"]}  # Chalice's own answer to another content type
_TEXT = {"type": "string"}


def _answers(**shapes: Json | None) -> Json:
    """By `s` and the status; None for an answer without a body."""
    content = {name: {"application/json": {"schema": shape}} for name, shape in shapes.items() if shape}
    return {name[1:]: {"description": name, "content": content.get(name, {})} for name in shapes}


_REFUSED: Json = {"s400": _ERROR, "s401": _ERROR, "s413": _ERROR, "s415": _NOT_JSON}


def _taking(body: Json, answers: Json) -> Json:
    return {
        "post": {
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": answers,
        }
    }


ALERT: Json = {
    "type": "object",
    "required": ["action", "alert", "repository"],
    "properties": {
        "action": {"enum": ["created", "resolved", "validated", "publicly_leaked"]},
        "alert": {
            "type": "object",
            "required": ["number", "secret_type"],
            "properties": {
                "number": {"type": "integer", "minimum": 1},
                "secret_type": {"enum": ["aws_access_key_id", "slack_api_token"]},
                "validity": {"enum": ["active", "inactive", "unknown", None]},
                "created_at": {"type": "string", "format": "date-time"},
                "html_url": _TEXT,
            },
        },
        "repository": {"type": "object", "required": ["full_name"], "properties": {"full_name": _TEXT}},
    },
}

TOKENS: Json = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["type", "token", "location"],
        "properties": {"type": {"enum": ["gitleaks_rule_id_aws"]}, "token": _TEXT, "location": _TEXT},
    },
}

_TYPES = {
    "type": "object",
    "required": ["types"],
    "properties": {"types": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
}

PROMISED: Json = {
    "openapi": "3.0.3",
    "info": {"title": "Reports of Git hosts", "version": "1"},
    "paths": {
        "/github": _taking(ALERT, _answers(s202={"type": "object", "required": ["accepted"]}, s204=None, **_REFUSED)),
        "/gitlab/v1/revocable_token_types": {"get": {"responses": _answers(s200=_TYPES, s401=_ERROR)}},
        "/gitlab/v1/revoke_tokens": _taking(TOKENS, _answers(s204=None, **_REFUSED)),
    },
}
