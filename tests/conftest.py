"""No test can reach an account: whatever AWS settings this machine has are gone before the first import of boto3."""

import os

from hypothesis import settings

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

# Examples are timed by nothing. CI draws the same ones every time; a person's machine goes looking for new ones.
settings.register_profile("ci-derandomized", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("exploring", deadline=None)
settings.load_profile("ci-derandomized" if os.environ.get("CI") else "exploring")
