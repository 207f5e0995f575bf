"""Read ARNs from the left, field by field, and never search them for a marker.

Paths of IAM hold any character from `!` to DEL (IAM API reference, "CreateRole"), so a path may hold whatever a search
would look for, and `:role/aws-service-role/` with it. Names hold no slash and no colon (IAM user guide, "IAM and AWS
STS quotas"), so a name is what stands after the last slash.
"""

from __future__ import annotations

from dataclasses import dataclass

_FIELDS = 6
"""arn:partition:service:region:account:resource, where the resource may hold more colons."""

_WITH_PATH = frozenset({"user", "role", "group", "policy", "instance-profile", "server-certificate"})
"""What IAM names by a path and a name ("IAM identifiers", IAM user guide)."""

_OF_STS = frozenset({"assumed-role", "federated-user"})
_SERVICES = frozenset({"iam", "sts"})


@dataclass(frozen=True)
class Arn:
    """An ARN by its fields. `kind`, `path`, `name` and `session` are "" where the ARN has none of IAM or STS."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def kind(self) -> str:
        """Return the kind of a resource of IAM or STS: user, role, assumed-role, root."""
        found = self.resource.partition("/")[0]
        return found if self.service in _SERVICES else ""

    @property
    def path(self) -> str:
        """Return the path between the kind and the name, with both its slashes; "/" is that of most."""
        if self.kind not in _WITH_PATH:
            return ""
        between, slash, _ = self._rest.rpartition("/")
        return f"/{between}{slash}"

    @property
    def name(self) -> str:
        """Return the name of a user, role, policy or session; of a session of a role, the name of the role."""
        if self.kind in _WITH_PATH:
            return self._rest.rpartition("/")[2]
        return self._rest.partition("/")[0] if self.kind in _OF_STS else ""

    @property
    def session(self) -> str:
        """Return the name of a session of a role, which has no slash; no path stands before it."""
        return self._rest.partition("/")[2] if self.kind == "assumed-role" else ""

    @property
    def _rest(self) -> str:
        return self.resource.partition("/")[2]

    @property
    def role(self) -> str:
        """Return the name of the role that the ARN names, or names a session of."""
        return self.name if self.kind in {"role", "assumed-role"} else ""

    @property
    def is_service_linked(self) -> bool:
        """Say whether it is a service-linked role: AWS alone can create a role of that path."""
        return self.kind == "role" and self.path.startswith("/aws-service-role/")

    @property
    def is_of_identity_center(self) -> bool:
        """Say whether Identity Center created the role: AWS alone can create a role of that path."""
        return self.kind == "role" and self.path.startswith("/aws-reserved/sso.amazonaws.com/")


def read_arn(text: str) -> Arn | None:
    """Return the ARN by its fields; None where the text is no ARN."""
    scheme, *fields = text.split(":", _FIELDS - 1)
    return Arn(*fields) if scheme == "arn" and len(fields) == _FIELDS - 1 else None
