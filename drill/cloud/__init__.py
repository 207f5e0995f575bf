"""The embedded AWS: ministack with IAM enforced, made honest where it is kinder than AWS.

`lifecycle` starts and ends it and deploys onto it, `levers` holds what a drill can do to it (fail a call, slow IAM
down, publish a finding), `server` is the process itself, and `shim` is what makes it honest.
"""
