"""What prod and dev deploy, as CloudFormation sees it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import chalicelib
from chalicelib import settings
from chalicelib.sources import SOURCES, WIDE, decoys
from console.package import TEMPLATE
from console.stack import FUNCTIONS, ROUTES, STAGES, Function, Trigger
from console.stack.alarms import DEAD_LETTERS, UNTOLD
from console.stack.rules import rule_id
from tests.docs.parsing import parse

if TYPE_CHECKING:
    from types import ModuleType

Template = Any

each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
each_rule = pytest.mark.parametrize(
    "function", [function for function in FUNCTIONS if function.ruled], ids=lambda function: function.name
)


def of_type(template: Template, kind: str) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


@pytest.mark.parametrize("stage", STAGES)
def test_no_finding_of_the_linter(stage: str, packages: dict[str, Path]) -> None:
    lint = str(Path(sys.executable).with_name("cfn-lint"))
    command = [lint, "--regions", "us-east-1", "--", str(packages[stage] / TEMPLATE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_functions_are_those_that_are_described(template: Template) -> None:
    assert set(of_type(template, "AWS::Lambda::Function")) == {function.logical_id for function in FUNCTIONS}


def test_the_rules_are_those_of_the_sources(template: Template) -> None:
    rules = of_type(template, "AWS::Events::Rule").values()
    deployed = [rule["EventPattern"] for rule in rules if "EventPattern" in rule]
    patterns = [source.PATTERN for source in SOURCES]
    assert all(pattern in deployed for pattern in patterns)
    others = [one for one in deployed if one not in patterns]
    planted = list(decoys.patterns({"Ref": "Decoys"}).values())
    assert len(others) == len(planted)
    assert all(one in others for one in planted)


@each_rule
def test_an_event_that_cannot_be_delivered_is_kept(function: Function, template: Template) -> None:
    (target,) = of_type(template, "AWS::Events::Rule")[function.rule_id]["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    policy = of_type(template, "AWS::SQS::QueuePolicy")["UndeliveredEventsPolicy"]["PolicyDocument"]
    allowed = policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {"Fn::GetAtt": [function.rule_id, "Arn"]} in allowed


@pytest.mark.parametrize("source", SOURCES)
def test_read_only_calls_reach_the_rule_that_asks_for_them(source: ModuleType, template: Template) -> None:
    rules = of_type(template, "AWS::Events::Rule").values()
    (rule,) = (rule for rule in rules if rule.get("EventPattern") == source.PATTERN)
    reads = getattr(source, "READS", False)
    assert rule.get("State", "ENABLED") == ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" if reads else "ENABLED")


@pytest.mark.parametrize("source", WIDE)
def test_a_wide_rule_feeds_the_queue_and_nothing_it_lets_through_is_lost(
    source: ModuleType, template: Template
) -> None:
    (target,) = of_type(template, "AWS::Events::Rule")[rule_id(source)]["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["WideEvents", "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}}
    for queue in ("WideEvents", "UndeliveredEvents"):
        policy = of_type(template, "AWS::SQS::QueuePolicy")[f"{queue}Policy"]["PolicyDocument"]
        allowed = policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
        assert {"Fn::GetAtt": [rule_id(source), "Arn"]} in allowed


@each_function
def test_an_event_that_fails_for_good_is_kept(function: Function, template: Template) -> None:
    configured = of_type(template, "AWS::Lambda::EventInvokeConfig").values()
    mine = [one for one in configured if one["FunctionName"] == {"Ref": function.logical_id}]
    kept = [one["DestinationConfig"]["OnFailure"]["Destination"] for one in mine]
    if function.asynchronous:
        assert kept == [{"Fn::GetAtt": ["FailedInvocations", "Arn"]}]
        assert mine[0]["MaximumRetryAttempts"] == 2
    else:
        assert kept == []


@pytest.mark.parametrize("function", [one for one in FUNCTIONS if one.queue], ids=lambda function: function.name)
def test_a_message_that_fails_for_good_is_kept(function: Function, template: Template) -> None:
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    (mapping,) = (one for one in mappings if one["FunctionName"] == {"Ref": function.logical_id})
    queue = of_type(template, "AWS::SQS::Queue")[function.queue]
    assert function.trigger is Trigger.QUEUE
    assert mapping["EventSourceArn"] == {"Fn::Sub": f"${{{function.queue}.Arn}}"}
    assert mapping["BatchSize"] == 1
    assert queue["VisibilityTimeout"] >= 6 * function.timeout
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["FollowUpDeadLetters", "Arn"]}
    times = queue["RedrivePolicy"]["maxReceiveCount"]
    assert times >= 5
    assert times * queue["VisibilityTimeout"] >= 3600  # Lambda may have to throttle the function for that long


@each_function
def test_a_function_has_a_log_group_that_forgets(function: Function, template: Template) -> None:
    deployed = of_type(template, "AWS::Lambda::Function")[function.logical_id]
    assert deployed["LoggingConfig"] == {"LogGroup": {"Ref": function.logs_id}}
    assert of_type(template, "AWS::Logs::LogGroup")[function.logs_id]["RetentionInDays"] > 0


@each_function
def test_a_function_has_a_role_of_its_own(function: Function, template: Template) -> None:
    deployed = of_type(template, "AWS::Lambda::Function")[function.logical_id]
    assert deployed["Role"] == {"Fn::GetAtt": [function.role_id, "Arn"]}
    own = deployed["Environment"]["Variables"]["OWN_ROLE_IDS"]["Fn::Join"][1]
    assert {"Fn::GetAtt": [function.role_id, "RoleId"]} in own


@each_function
def test_errors_and_throttles_are_rung(function: Function, template: Template) -> None:
    about = [{"Name": "FunctionName", "Value": {"Ref": function.logical_id}}]
    rung = [one for one in of_type(template, "AWS::CloudWatch::Alarm").values() if one["Dimensions"] == about]
    assert {one["MetricName"] for one in rung} == {"Errors"} | (set() if function.name == ROUTES else {"Throttles"})


def test_what_is_lost_or_untold_is_rung(template: Template) -> None:
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    assert all(alarm["AlarmActions"] == [{"Ref": "Topic"}] for alarm in alarms.values())
    values = [alarm["Dimensions"][0]["Value"] for alarm in alarms.values()]
    assert all({"Fn::GetAtt": [queue, "QueueName"]} in values for queue in DEAD_LETTERS)
    assert set(of_type(template, "AWS::SQS::Queue")) == {"FollowUpQueue", "WideEvents", "Inquiries", *DEAD_LETTERS}
    assert {"UntoldAlarm", "MisconfiguredAlarm"} <= set(alarms)


def test_an_alarm_s_command_names_the_stack_that_rang(template: Template) -> None:
    texts = [alarm["AlarmDescription"] for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()]
    commands = [
        one
        for text in texts
        if isinstance(text, dict)
        for one in re.findall(r"leak-responder (.+?--stack \S+?\})", text["Fn::Sub"])
    ]
    assert len(commands) == 2 * len(DEAD_LETTERS) + 2
    for command in commands:
        parse(command.split(), whole=True)
        assert command.endswith("--stack ${AWS::StackName}")


def test_the_alarm_about_silence_listens_to_what_is_counted() -> None:
    code = [path.read_text() for path in Path(chalicelib.__file__).parent.rglob("*.py")]
    counted = any(f'"{UNTOLD}"' in text or f'"{UNTOLD.lower()}"' in text for text in code)
    assert counted, f"nothing in chalicelib counts {UNTOLD}, so its alarm could never ring"


def test_the_strike_path_has_room_of_its_own(template: Template) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    for name in ("GuarddutyFinding", "CredentialEvent", "HealthExposure"):
        condition, reserved, otherwise = functions[name]["ReservedConcurrentExecutions"]["Fn::If"]
        assert (condition, otherwise) == ("Reserved", {"Ref": "AWS::NoValue"})
        assert reserved > 0


def test_lambda_ends_no_chain_of_what_calls_itself_by_its_queue(template: Template) -> None:
    """Whoever reads a queue that it may write to calls itself; nothing else may."""
    functions = of_type(template, "AWS::Lambda::Function")
    allowed = {name for name, one in functions.items() if one.get("RecursiveLoop") == "Allow"}
    assert allowed == {"FollowUp", "Inquire"}


def test_a_stack_elsewhere_is_refused(template: Template) -> None:
    (assertion,) = template["Rules"]["HomeRegion"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, settings.HOME_REGION]}


@pytest.mark.parametrize(("stage", "keep"), [("dev", "Delete"), ("prod", "Retain")])
def test_the_ledger_is_kept_where_it_counts(stage: str, keep: str, templates: Template) -> None:
    ledger = templates[stage]["Resources"]["LedgerTable"]
    assert (ledger["DeletionPolicy"], ledger["UpdateReplacePolicy"]) == (keep, keep)
    assert ledger["Properties"]["DeletionProtectionEnabled"] is (stage == "prod")
    assert ledger["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@each_function
def test_the_environment_is_what_the_settings_read(function: Function, template: Template) -> None:
    variables = of_type(template, "AWS::Lambda::Function")[function.logical_id]["Environment"]["Variables"]
    read = {name for name, _, _ in settings._READERS} - {"AWS_REGION", "TELL_ATTEMPTS", "REAPPLY_LIMIT"}
    others = {"ROTATION_SERVICES", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
    assert set(variables) == read | others
    assert variables["STAGE"] == "prod"


def test_untouched_parameters_are_the_defaults_of_the_settings(template: Template) -> None:
    defaults = {name: one["Default"] for name, one in template["Parameters"].items()}
    assert defaults["Mode"] == "observe"
    made = settings.from_environment(
        {
            "ACCOUNT_ID": "123456789012",
            "TABLE_NAME": "t",
            "FOLLOW_UP_QUEUE_URL": "q",
            "TOPIC_ARN": "a",
            "QUARANTINE_POLICY_ARN": "p",
            "MODE": defaults["Mode"],
            "PROTECTED": defaults["Protected"],
            "LINKED_SECRETS": defaults["LinkedSecrets"],
            "BUS_NAME": defaults["BusName"],
            "WATCH_SECONDS": str(defaults["WatchSeconds"]),
        }
    )
    untouched = settings.Settings()
    assert (made.mode, made.protected, made.linked_secrets) == (untouched.mode, (), {})
    assert (made.bus, made.watch) == (untouched.bus, untouched.watch)
