"""What the owner of a stack chooses, and how it reaches the functions: parameters, conditions, environment."""

from __future__ import annotations

from typing import Any

from chalicelib.model import Mode
from chalicelib.playbook import OPTIONS
from chalicelib.settings import HOME_REGION, Settings
from chalicelib.sources.decoys import NOTHING
from console.stack.functions import FUNCTIONS, INQUIRIES, WIDE_QUEUE

Json = dict[str, Any]

_NOTHING = "arn:aws:secretsmanager:us-east-1:000000000000:secret:leak-responder/none"
_NO_USER = "arn:aws:iam::000000000000:user/leak-responder/none"
_NO_INSTANCE, _NO_STORE = "ssoins-0000000000000000", "d-0000000000"
_NO_PARAMETER = "arn:aws:ssm:us-east-1:000000000000:parameter/leak-responder/none"
_NO_FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:leak-responder-none"


def _text(default: str, description: str, **more: object) -> Json:
    return {"Type": "String", "Default": default, "Description": description, **more}


def _number(default: int, description: str, least: int = 1) -> Json:
    return {"Type": "Number", "Default": default, "MinValue": least, "Description": description}


def _secret(default: str, description: str) -> Json:
    return _text(
        default,
        description,
        AllowedPattern=r"(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+)?",
        ConstraintDescription="must be empty, or the full ARN of a secret, with the six characters at its end",
    )


_DEFAULTS = Settings()
_ANY_OPTION = f"({'|'.join(option.action for option in OPTIONS if option.standing)})"

PARAMETERS: Json = {
    "Mode": _text(
        _DEFAULTS.mode,
        "How far the responder may go unasked. observe only plans and tells.",
        AllowedValues=[str(mode) for mode in Mode],
    ),
    "ContainmentsPerHour": _number(
        _DEFAULTS.most_an_hour,
        "Circuit breaker: after so many principals within an hour a person is asked first. What AWS itself confirmed, "
        "children of open incidents and your own orders are neither counted nor held back.",
    ),
    "SlackSecretId": _secret(
        _DEFAULTS.slack_secret,
        "ARN of the secret that holds the Slack incoming webhook URL; empty to leave Slack out.",
    ),
    "SecurityHub": _text(
        "false",
        "Write what was done into Security Hub CSPM: on the finding that began an incident, or on one of our own where "
        "no finding did. It must be enabled in this Region.",
        AllowedValues=["true", "false"],
    ),
    "GitHubSecretId": _secret(
        _DEFAULTS.github_secret,
        "ARN of the secret that GitHub signs its webhooks with; empty for no route for GitHub.",
    ),
    "GitHubTokenId": _secret(
        _DEFAULTS.github_token,
        "ARN of the secret that holds a GitHub token which may read secret scanning alerts; empty to be told of an "
        "alert with its link alone.",
    ),
    "GitHubApi": _text(
        _DEFAULTS.github_api,
        "Base URL of GitHub's REST API; a GitHub Enterprise Server has its own.",
        AllowedPattern=r"https://[A-Za-z0-9.:/_-]+[A-Za-z0-9]",
        ConstraintDescription="must be an https address, without a slash at its end",
    ),
    "GitLabSecretId": _secret(
        _DEFAULTS.gitlab_secret,
        "ARN of the secret that GitLab sends as its revocation token; empty for no route for GitLab.",
    ),
    "LinkedSecrets": _text("{}", "JSON: for each principal's ARN the list of ARNs of the secrets to rotate with it."),
    "LinkedSecretArns": {
        "Type": "CommaDelimitedList",
        "Default": _NOTHING,
        "Description": "The ARNs of all linked secrets once more, for the policies. The default names nothing.",
    },
    "RotateIfRead": {
        "Type": "CommaDelimitedList",
        "Default": _NOTHING,
        "Description": "ARNs of secrets to rotate once a contained credential has read them, with * for any letters; "
        "only those with a rotation are. Linked secrets are among them. The default names nothing.",
    },
    "AccessKeySecrets": _text(
        "{}",
        "JSON: for the ARN of each secret that keeps an access key the ARN of its user; name the secrets among the "
        "linked ones too.",
    ),
    "AccessKeyUserArns": {
        "Type": "CommaDelimitedList",
        "Default": _NO_USER,
        "Description": "The ARNs of all users of AccessKeySecrets once more, for the policies. The default names "
        "nothing.",
    },
    "SecretParameters": _text(
        "{}",
        "JSON: for the ARN of each secret that our own functions rotate the list of SecureString parameters that hold "
        "its value, by ARN, or ARN#MEMBER for one member of it: they get the new value with it.",
    ),
    "SecretParameterArns": {
        "Type": "CommaDelimitedList",
        "Default": _NO_PARAMETER,
        "Description": "The ARNs of all parameters of SecretParameters once more, for the policies. The default names "
        "nothing.",
    },
    "RotationFunctionArns": {
        "Type": "CommaDelimitedList",
        "Default": _NO_FUNCTION,
        "Description": "ARNs of the functions that rotate these secrets, beside our own. The default names nothing.",
    },
    "IdentityCenter": _text(
        _NO_INSTANCE,
        "Id of the instance of Identity Center that this account administers, whose users the functions may contain "
        "again after an order. Who takes them over can then write permission sets. The default names nothing.",
        AllowedPattern="(sso)?ins-[a-zA-Z0-9-.]{16}",
        ConstraintDescription="must be the id of an instance, as at the end of its ARN",
    ),
    "IdentityStore": _text(
        _NO_STORE,
        "Id of the identity store of that instance. The default names nothing.",
        AllowedPattern="d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        ConstraintDescription="must be the id of an identity store, such as d-0000000000",
    ),
    "Also": _text(
        "",
        "What to do beside containment without being asked, comma separated; nothing of it stops a credential.",
        AllowedPattern=f"({_ANY_OPTION}(,{_ANY_OPTION})*)?",
    ),
    "Protected": _text("[]", 'JSON: principals that are never touched unasked, as {"arn": ..., "unique_id": ...}.'),
    "Automation": _text(
        "{}",
        "JSON: for the exact ARN of each user or role that automates, the list of calls that it is there to make, as "
        "CloudTrail names them: those are worth a step less.",
    ),
    "Decoys": {
        "Type": "CommaDelimitedList",
        "Default": NOTHING,
        "Description": "What exists only to be stolen: ids of access keys, ARNs of users and roles, names or ARNs of "
        "secrets and parameters, as calls name them. Whoever uses one is contained. The default names nothing.",
    },
    "BusName": _text(_DEFAULTS.bus, "The event bus that outgoing events are put on.", MinLength=1),
    "RotationServices": _text("", "Base URLs, comma separated, that the rotation of generated passwords may talk to."),
    "WatchSeconds": _number(_DEFAULTS.watch, "How long a contained principal is watched before it counts as held.", 0),
    "QuietLooks": _number(
        _DEFAULTS.quiet_looks, "How many looks in a row must find nothing amiss before it counts as held.", 1
    ),
    "VerifyEverySeconds": _number(_DEFAULTS.verify_every, "How often containment is read again during the watch."),
    "CutOffAheadSeconds": _number(
        _DEFAULTS.cut_off_ahead, "How far ahead the cut-off is set: IAM takes seconds to apply a change everywhere.", 0
    ),
    "PropagationSeconds": _number(_DEFAULTS.propagation, "How long after a change IAM is trusted to have applied it."),
    "LeaseSeconds": _number(_DEFAULTS.lease, "How long one run may work on an incident before another takes over."),
    "RemindEverySeconds": _number(
        _DEFAULTS.remind_every,
        "How long an approval waits until people are reminded of it; three times so, then every day; 0 for never.",
        0,
    ),
    "UserSessionSeconds": _number(
        _DEFAULTS.user_session,
        "How long the deny on a user's old sessions stays. AWS lets one live 36 hours: less is for rehearsals alone.",
    ),
    "RoleSessionSeconds": _number(
        _DEFAULTS.role_session,
        "How long the deny on a role's old sessions stays. AWS lets one live 12 hours: less is for rehearsals alone.",
    ),
    "Inquiry": _text(
        "true",
        "After containment, look in CloudTrail what the credential did, made and read, and where it is written down; "
        "contain what it made. Without TrailBucket CloudTrail is asked by LookupEvents, which is free and needs no "
        "trail. false: nobody looks, and no function may.",
        AllowedValues=["true", "false"],
    ),
    "TrailBucket": _text(
        _DEFAULTS.trail_bucket,
        "Name of the bucket that a trail over all Regions writes to: it shows data events too; empty for none.",
        AllowedPattern=r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?",
        ConstraintDescription="must be empty, or the name of a bucket",
    ),
    "TrailPrefix": _text("AWSLogs/", "Where in TrailBucket the trail's logs begin."),
    "TrailTable": _text(
        _DEFAULTS.trail_table,
        "Name of a table of Athena in this Region over the trail's logs, which is then asked in place of TrailBucket; "
        "name that too, for Athena reads it with the rights of the inquiry. Empty for none.",
        AllowedPattern=r"\w*",
    ),
    "TrailDatabase": _text("default", "The database of TrailTable.", AllowedPattern=r"\w+"),
    "TrailWorkgroup": _text(
        _DEFAULTS.trail_workgroup,
        "The workgroup of Athena that TrailTable is asked in; it says where results go.",
        AllowedPattern=r"[\w.-]+",
    ),
    "TrailResultsBucket": _text(
        "",
        "Name of the bucket that the workgroup keeps results in; empty where Athena manages them itself.",
        AllowedPattern=r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?",
        ConstraintDescription="must be empty, or the name of a bucket",
    ),
    "Reports": _text(
        "true",
        "Keep the report of each incident, with its evidence, in a bucket of the stack; false for no bucket.",
        AllowedValues=["true", "false"],
    ),
    "SignReportLinks": _text(
        "false",
        "Put a link into messages over SNS and Slack that opens the report for an hour, or until the function's own "
        "credentials expire: to whoever reads the channel, and whomever they pass it on to. false: they hold a link to "
        "the console, and a command, which take a person's own rights.",
        AllowedValues=["true", "false"],
    ),
    "ReportDays": _number(400, "How many days a report is kept. Deleting the stack leaves the bucket."),
    "ReserveConcurrency": _text(
        "true",
        "Reserve concurrency for the strike path. false only where the account's quota leaves no room for it.",
        AllowedValues=["true", "false"],
    ),
}


def _given(parameter: str) -> Json:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}


CONDITIONS: Json = {
    "HasSlack": _given("SlackSecretId"),
    "TellsSecurityHub": {"Fn::Equals": [{"Ref": "SecurityHub"}, "true"]},
    "HasGitHub": _given("GitHubSecretId"),
    "HasGitHubToken": _given("GitHubTokenId"),
    "HasGitLab": _given("GitLabSecretId"),
    "HasHosts": {"Fn::Or": [{"Condition": "HasGitHub"}, {"Condition": "HasGitLab"}]},
    "HasTrailBucket": _given("TrailBucket"),
    "HasTrailTable": _given("TrailTable"),
    "HasTrailResults": {"Fn::And": [{"Condition": "HasTrailTable"}, _given("TrailResultsBucket")]},
    "Inquires": {"Fn::Equals": [{"Ref": "Inquiry"}, "true"]},
    "KeepsReports": {"Fn::Equals": [{"Ref": "Reports"}, "true"]},
    "SignsLinks": {"Fn::And": [{"Condition": "KeepsReports"}, {"Fn::Equals": [{"Ref": "SignReportLinks"}, "true"]}]},
    "Reserved": {"Fn::Equals": [{"Ref": "ReserveConcurrency"}, "true"]},
}


def _of_hub(resource: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:securityhub:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def _of_athena(resource: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:athena:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def _of_glue(resource: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


DERIVED: Json = {
    "SlackSecretArn": {"Ref": "SlackSecretId"},
    "HubArn": _of_hub("hub/default"),
    "HubProductArn": _of_hub("product/${AWS::AccountId}/default"),
    "GitHubSecretArn": {"Ref": "GitHubSecretId"},
    "GitHubTokenArn": {"Ref": "GitHubTokenId"},
    "GitLabSecretArn": {"Ref": "GitLabSecretId"},
    "ReportObjects": {"Fn::Sub": "${ReportBucket.Arn}/*"},
    "SignedReports": {"Fn::Sub": "${ReportBucket.Arn}/*"},
    "TrailBucketArn": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${TrailBucket}"},
    "TrailObjects": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${TrailBucket}/${TrailPrefix}*"},
    "TrailWorkgroupArn": _of_athena("workgroup/${TrailWorkgroup}"),
    "TrailCatalogArn": _of_athena("datacatalog/AwsDataCatalog"),
    "TrailGlueCatalog": _of_glue("catalog"),
    "TrailGlueDatabase": _of_glue("database/${TrailDatabase}"),
    "TrailGlueTable": _of_glue("table/${TrailDatabase}/${TrailTable}"),
    "TrailResultsArn": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${TrailResultsBucket}"},
    "TrailResultsObjects": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${TrailResultsBucket}/*"},
}
"""Names that a permission may use beside parameters and resources, and what they stand for."""

OPTIONAL = {
    "SlackSecretArn": "HasSlack",
    "HubArn": "TellsSecurityHub",
    "HubProductArn": "TellsSecurityHub",
    "GitHubSecretArn": "HasGitHub",
    "GitHubTokenArn": "HasGitHubToken",
    "GitLabSecretArn": "HasGitLab",
    "ReportObjects": "KeepsReports",
    "SignedReports": "SignsLinks",
    "TrailBucketArn": "HasTrailBucket",
    "TrailObjects": "HasTrailBucket",
    "TrailWorkgroupArn": "HasTrailTable",
    "TrailCatalogArn": "HasTrailTable",
    "TrailGlueCatalog": "HasTrailTable",
    "TrailGlueDatabase": "HasTrailTable",
    "TrailGlueTable": "HasTrailTable",
    "TrailResultsArn": "HasTrailResults",
    "TrailResultsObjects": "HasTrailResults",
}
"""Names that may stand for nothing, and the condition under which a permission that uses them is given."""

RULES: Json = {
    "HomeRegion": {
        "Assertions": [
            {
                "Assert": {"Fn::Equals": [{"Ref": "AWS::Region"}, HOME_REGION]},
                "AssertDescription": f"Leak Responder is deployed in {HOME_REGION}: IAM's events arrive nowhere else.",
            }
        ]
    }
}

ENVIRONMENT: Json = {
    "POWERTOOLS_SERVICE_NAME": {"Ref": "AWS::StackName"},
    "POWERTOOLS_METRICS_NAMESPACE": "LeakResponder",
    "ACCOUNT_ID": {"Ref": "AWS::AccountId"},
    "MODE": {"Ref": "Mode"},
    "CONTAINMENTS_PER_HOUR": {"Ref": "ContainmentsPerHour"},
    "TABLE_NAME": {"Ref": "LedgerTable"},
    "FOLLOW_UP_QUEUE_URL": {"Ref": "FollowUpQueue"},
    "TOPIC_ARN": {"Ref": "Topic"},
    "BUS_NAME": {"Ref": "BusName"},
    "SLACK_SECRET_ID": {"Ref": "SlackSecretId"},
    "HUB_PRODUCT_ARN": {"Fn::If": ["TellsSecurityHub", DERIVED["HubProductArn"], ""]},
    "GITHUB_SECRET_ID": {"Ref": "GitHubSecretId"},
    "GITHUB_TOKEN_ID": {"Ref": "GitHubTokenId"},
    "GITHUB_API": {"Ref": "GitHubApi"},
    "GITLAB_SECRET_ID": {"Ref": "GitLabSecretId"},
    "WIDE_QUEUE_URL": {"Ref": WIDE_QUEUE},
    "INQUIRY_QUEUE_URL": {"Ref": INQUIRIES},
    "INQUIRE": {"Ref": "Inquiry"},
    "TRAIL_BUCKET": {"Ref": "TrailBucket"},
    "TRAIL_PREFIX": {"Ref": "TrailPrefix"},
    "TRAIL_DATABASE": {"Ref": "TrailDatabase"},
    "TRAIL_TABLE": {"Ref": "TrailTable"},
    "TRAIL_WORKGROUP": {"Ref": "TrailWorkgroup"},
    "SIGN_REPORT_LINKS": {"Ref": "SignReportLinks"},
    "REPORT_BUCKET": {"Fn::If": ["KeepsReports", {"Ref": "ReportBucket"}, ""]},
    "QUARANTINE_POLICY_ARN": {"Ref": "QuarantinePolicy"},
    "OWN_ROLE_IDS": {"Fn::Join": [",", [{"Fn::GetAtt": [one.role_id, "RoleId"]} for one in FUNCTIONS]]},
    "PROTECTED": {"Ref": "Protected"},
    "LINKED_SECRETS": {"Ref": "LinkedSecrets"},
    "ROTATE_IF_READ": {"Fn::Join": [",", {"Ref": "RotateIfRead"}]},
    "ACCESS_KEY_SECRETS": {"Ref": "AccessKeySecrets"},
    "SECRET_PARAMETERS": {"Ref": "SecretParameters"},
    "AUTOMATION": {"Ref": "Automation"},
    "ALSO": {"Ref": "Also"},
    "DECOYS": {"Fn::Join": [",", {"Ref": "Decoys"}]},
    "ROTATION_SERVICES": {"Ref": "RotationServices"},
    "LEASE_SECONDS": {"Ref": "LeaseSeconds"},
    "CUT_OFF_AHEAD_SECONDS": {"Ref": "CutOffAheadSeconds"},
    "PROPAGATION_SECONDS": {"Ref": "PropagationSeconds"},
    "VERIFY_EVERY_SECONDS": {"Ref": "VerifyEverySeconds"},
    "WATCH_SECONDS": {"Ref": "WatchSeconds"},
    "QUIET_LOOKS": {"Ref": "QuietLooks"},
    "REMIND_EVERY_SECONDS": {"Ref": "RemindEverySeconds"},
    "USER_SESSION_SECONDS": {"Ref": "UserSessionSeconds"},
    "ROLE_SESSION_SECONDS": {"Ref": "RoleSessionSeconds"},
}
"""The environment of every function, beside STAGE, which Chalice sets."""
