"""The channels that people and machines are told over, one file each."""

from chalicelib.notifiers import event_bus, security_hub, slack, sns

NOTIFIERS = (sns.NOTIFIER, slack.NOTIFIER, event_bus.NOTIFIER, security_hub.NOTIFIER)

PEOPLE = frozenset(one.name for one in NOTIFIERS if not one.machines)
"""The channels that somebody hears: what a program took has woken nobody."""
