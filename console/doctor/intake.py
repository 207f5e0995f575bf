"""Whether events arrive: the trail, the rules, the queues that functions read, and what could not be handled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.settings import HOME_REGION
from console.dead_letters import QUEUES, waiting
from console.doctor.patient import note, well, wrong
from console.stack import FUNCTIONS, Trigger
from console.stack.rules import ALL_MANAGEMENT_EVENTS, wide_states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.doctor.patient import Line, Patient

_HERE = f"--region {HOME_REGION}"


def rules(patient: Patient) -> Iterator[Line]:
    """Whether each rule is on, sees what it must, and has its target."""
    wanted = {
        **{one.rule_id: "ENABLED" for one in FUNCTIONS if one.ruled},
        **wide_states(),
    }
    known = {name: state for name, state in wanted.items() if name in patient.resources}
    lines = [line for name, state in known.items() for line in _rule(patient, name, state)]
    yield from lines
    if not lines:
        yield well(f"{len(known)} rules are on, each with its target")


def _rule(patient: Patient, logical: str, wanted: str) -> Iterator[Line]:
    events, name = patient.client("events"), patient.resources[logical].rsplit("|", 1)[-1]
    try:
        state = events.describe_rule(Name=name)["State"]
    except ClientError as error:
        if error.response["Error"].get("Code") != "ResourceNotFoundException":
            raise
        yield wrong(f"rule {logical} was deleted", patient.revert)
        return
    if state not in {wanted, ALL_MANAGEMENT_EVENTS}:
        yield wrong(f"rule {logical} is {state}, and must be {wanted}", _turned_on(name, wanted))
    if not events.list_targets_by_rule(Rule=name)["Targets"]:
        yield wrong(f"rule {logical} has no target: its events go nowhere", patient.revert)


def _turned_on(name: str, state: str) -> str:
    """EnableRule knows the plain state alone; PutRule replaces what it is not given, so it gets the pattern again."""
    if state == "ENABLED":
        return f"aws events enable-rule --name {name} {_HERE}"
    pattern = f"$(aws events describe-rule --name {name} --query EventPattern --output text {_HERE})"
    return f'aws events put-rule --name {name} --state {state} --event-pattern "{pattern}" {_HERE}'


def mappings(patient: Patient) -> Iterator[Line]:
    """Whether each function that reads a queue does so."""
    known = [one for one in FUNCTIONS if one.trigger is Trigger.QUEUE and one.logical_id in patient.resources]
    lines = [line for one in known for line in _mapping(patient, patient.resources[one.logical_id])]
    yield from lines
    if not lines:
        yield well(f"{len(known)} queues are read")


def _mapping(patient: Patient, function: str) -> Iterator[Line]:
    found = patient.client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    if not found:
        yield wrong(f"function {function} reads no queue: its mapping was deleted", patient.revert)
    for one in found:
        if one.get("State") not in {"Enabled", "Enabling", "Creating", "Updating"}:
            mend = f"aws lambda update-event-source-mapping --uuid {one['UUID']} --enabled {_HERE}"
            yield wrong(f"function {function} does not read its queue: the mapping is {one.get('State')}", mend)


def trail(patient: Patient) -> Iterator[Line]:
    """Whether some trail logs IAM's calls: EventBridge gets no call that no trail logs ("Events from services via
    CloudTrail", EventBridge user guide).
    """
    cloudtrail = patient.client("cloudtrail")
    found = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
    logging = [one["Name"] for one in found if _logs(cloudtrail, one)]
    if logging:
        yield well(f"trail {logging[0]} logs the calls of IAM")
        return
    mend = (
        f"aws cloudtrail start-logging --name {found[0]['TrailARN']} {_HERE}"
        if found
        else f"aws cloudtrail create-trail --name management --is-multi-region-trail --s3-bucket-name BUCKET {_HERE}, "
        f"then aws cloudtrail start-logging --name management {_HERE}. The policy of BUCKET must let CloudTrail write: "
        "CloudTrail user guide, `Amazon S3 bucket policy for CloudTrail`"
    )
    said = "no trail logs the management events of IAM here, so EventBridge sees no key made, revived or quarantined"
    yield wrong(said, mend)


def _logs(cloudtrail: Any, trail: Any) -> bool:  # noqa: ANN401 - boto3's client, any JSON
    """IAM is logged where its Region is, by a trail that includes global services and has management events."""
    if trail.get("HomeRegion") != HOME_REGION and not trail.get("IsMultiRegionTrail"):
        return False
    if not trail.get("IncludeGlobalServiceEvents", True):
        return False
    if not cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]:
        return False
    chosen = cloudtrail.get_event_selectors(TrailName=trail["TrailARN"])
    plain = any(
        one.get("IncludeManagementEvents", True) and one.get("ReadWriteType", "All") != "ReadOnly"
        for one in chosen.get("EventSelectors") or []
    )
    return plain or any(map(_takes_management, chosen.get("AdvancedEventSelectors") or []))


_IAM_WRITE = {"eventCategory": "Management", "readOnly": "false", "eventSource": "iam.amazonaws.com"}


def _takes_management(selector: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether it surely takes a writing call of IAM. A field that we do not know may leave some out."""
    return all(_takes(field, _IAM_WRITE.get(field["Field"])) for field in selector["FieldSelectors"])


def _takes(field: Any, value: str | None) -> bool:  # noqa: ANN401 - any JSON
    """Return whether every operator of a field lets that value through ("AdvancedFieldSelector", API reference)."""
    if value is None:
        return False
    starts, ends = tuple(field.get("StartsWith", ())), tuple(field.get("EndsWith", ()))
    return (
        value in field.get("Equals", [value])
        and value not in field.get("NotEquals", ())
        and (not starts or value.startswith(starts))
        and (not ends or value.endswith(ends))
        and not value.startswith(tuple(field.get("NotStartsWith", ())))
        and not value.endswith(tuple(field.get("NotEndsWith", ())))
    )


def detector(patient: Patient) -> Iterator[Line]:
    """Whether GuardDuty looks at this account here, and what is said of the other Regions: nothing."""
    guardduty = patient.client("guardduty")
    states = {
        one: guardduty.get_detector(DetectorId=one)["Status"] for one in guardduty.list_detectors()["DetectorIds"]
    }
    suspended = [one for one, state in states.items() if state != "ENABLED"]
    if not states:
        mend = f"aws guardduty create-detector --enable {_HERE}"
        yield note(f"GuardDuty has no detector in {HOME_REGION}: only Health and CloudTrail say what leaked", mend)
    elif suspended:
        mend = f"aws guardduty update-detector --detector-id {suspended[0]} --enable {_HERE}"
        yield note(f"GuardDuty is suspended in {HOME_REGION}: only Health and CloudTrail say what leaked", mend)
    else:
        yield well(f"GuardDuty has a detector in {HOME_REGION}, and it is on")
    yield note(
        f"no other Region was looked at: what happens there alone, as a finding of GuardDuty, reaches the responder "
        f"only where a rule forwards it to the default event bus of {HOME_REGION}"
    )


def dead_letters(patient: Patient) -> Iterator[Line]:
    """Whether everything was handled."""
    sqs = patient.client("sqs")
    counts = {name: waiting(sqs, patient.resources[name]) for name in QUEUES if name in patient.resources}
    for name, count in counts.items():
        if count:
            yield wrong(f"{name} holds {count}: those events were not handled", "leak-responder dead-letters redrive")
    if not any(counts.values()):
        yield well("no event waits among the dead letters")
