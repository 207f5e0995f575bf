"""The package of each stage, built once, and what CloudFormation would make of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from samtranslator.translator.transform import transform

from console import package
from console.stack import STAGES

if TYPE_CHECKING:
    from pathlib import Path


class _NoManagedPolicies:
    """The SAM translator asks for AWS's managed policies; no function of ours names one."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="session")
def packages() -> dict[str, Path]:
    """The folder of each stage's package."""
    return {stage: package.build(stage) for stage in STAGES}


@pytest.fixture(scope="session")
def templates(packages: dict[str, Path]) -> dict[str, Any]:
    """Each stage's template after the SAM transform: plain CloudFormation."""
    return {stage: _transformed(folder) for stage, folder in packages.items()}


@pytest.fixture(scope="session")
def template(templates: dict[str, Any]) -> Any:
    """What prod deploys."""
    return templates["prod"]


def _transformed(folder: Path) -> Any:
    sam = json.loads((folder / package.TEMPLATE).read_text())
    for resource in sam["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(sam, {}, _NoManagedPolicies())
