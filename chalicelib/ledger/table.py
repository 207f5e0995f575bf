"""The ledger's table in DynamoDB: items written together or not at all, and read as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient  # noqa: TC004 - only a checker reads the annotation

    from chalicelib.ledger.rows import Item

PERMISSIONS = (
    Permission(
        (
            "dynamodb:PutItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:BatchGetItem",
        ),
        ("${LedgerTable.Arn}", "${LedgerTable.Arn}/index/by-status"),
    ),
)


_MEETINGS = 8
"""Attempts at a transaction that met another one; each takes some milliseconds."""


def _only_met(response: Mapping[str, Any]) -> bool:
    """DynamoDB API reference, TransactWriteItems: a reason for each item, `None` for one that was not in the way."""
    codes = {str(one.get("Code")) for one in response.get("CancellationReasons", ())}
    return "TransactionConflict" in codes and codes <= {"TransactionConflict", "None"}


@dataclass(frozen=True)
class Table:
    """The client that reaches it, and its name."""

    client: DynamoDBClient
    name: str

    def write(self, *writes: Any) -> bool:  # noqa: ANN401 - the shape is DynamoDB's
        """Write all of it; False where a condition fails, and then nothing is written.

        Transactions that meet on an item cancel each other, though no condition fails: all claims look at the pause
        switch. botocore sends none of them again, and a flood must not read as somebody else's lease.
        """
        for _ in range(_MEETINGS):
            try:
                self.client.transact_write_items(TransactItems=writes)
            except self.client.exceptions.TransactionCanceledException as error:
                if not _only_met(error.response):
                    return False
            else:
                return True
        return False

    def item(self, key: Item) -> Item | None:
        """The item as it stands; None where there is none."""
        found: Item | None = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return found

    def items(self, keys: list[Item]) -> list[Item]:
        """Those of the items that exist, in one round trip."""
        answer = self.client.batch_get_item(RequestItems={self.name: {"Keys": keys, "ConsistentRead": True}})
        unread = answer["UnprocessedKeys"].get(self.name)
        singly = [self.item(dict(key)) for key in unread["Keys"]] if unread else []  # throttled: botocore tries again
        return [dict(one) for one in (*answer["Responses"].get(self.name, []), *filter(None, singly))]

    def due(self, status: str, until: str) -> list[Item]:
        """The items of that status that are due before then, the longest waiting first."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName="by-status",
            KeyConditionExpression="#status = :status AND due < :until",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": status}, ":until": {"S": until}},
        )
        return [dict(item) for page in pages for item in page["Items"]]
