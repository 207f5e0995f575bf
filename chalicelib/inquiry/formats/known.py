"""The one list of the forms in which files are read: `--help` and the reference are made of it, and tests try each."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.inquiry.files import PACKED, TEXTS


@dataclass(frozen=True)
class Form:
    """A form by its name, and how it looks or where it comes from."""

    name: str
    what: str


LOGS = (
    Form("log files of CloudTrail", '`{"Records": […]}`, as a trail writes them to S3 and the console downloads them'),
    Form("records", "alone, in lists, one a line, with nothing between them"),
    Form("events of EventBridge", "with their envelope"),
    Form("LookupEvents", "answers of the call, the events of them, and the texts that `--query` takes out of them"),
    Form("Athena", "rows as UNLOAD writes them, results as CSV, answers of GetQueryResults"),
    Form("CloudTrail Lake", "answers of GetQueryResults, results as CSV; whole where `eventJson` is selected"),
    Form("CloudTrail's event history", "as CSV; it does not say what was asked and answered, which is named as a gap"),
    Form(
        "CloudWatch Logs",
        "exports to S3, `aws logs tail`, answers of FilterLogEvents, subscriptions as Lambda, Kinesis and Firehose "
        "have them",
    ),
    Form("Logs Insights", "answers of GetQueryResults, and what the console saves as JSON and CSV"),
    Form("messages", "of SNS, SQS, Kinesis and Firehose, which carry any of these"),
    Form("OpenSearch and Elastic", "answers of a search, and events that keep `event.original`"),
    Form("Splunk", "results as JSON and CSV, with `_raw`"),
    Form("Fluent Bit, Logstash and Vector", "lines with `log` or `message`"),
)
"""Logs of CloudTrail. All that read files read these."""

EVENTS = (
    Form("findings", "of GuardDuty, Security Hub (ASFF and OCSF), Macie and Access Analyzer: bare or in an envelope"),
    Form("events of AWS Health and Trusted Advisor", "bare, in an envelope, as DescribeEventDetails answers"),
    Form("webhooks of GitHub and GitLab", "the body alone, a request with its headers, a delivery"),
    Form("examples", "an `event` beside what it should `expect`, as in docs/rules"),
)
"""Other events: what decides reads them too, and what looks for calls of a credential finds none in them."""

PACKINGS = (
    Form("gzip", "one member or several"),
    Form("zstd", "one frame or several; a deployed stack cannot unpack it"),
    Form("zip and tar", "compressed or not, each file in them; what is packed twice is named and not read"),
)

ENCODINGS = (
    Form("UTF-8", "with a byte order mark or without, lines ended by LF or CRLF"),
    Form("UTF-16", "with its mark, as Windows PowerShell writes it, or without where it begins as JSON does"),
)

NAMES = (
    f"In a folder, a bucket or an archive a file is read where its name ends in {', '.join(TEXTS)}, and in "
    f"{', '.join(PACKED)}; or has no ending and begins like a log. What else is there is counted and named by kind. A "
    "file that you name is read whatever its name."
)
