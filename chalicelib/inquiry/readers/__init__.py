"""Where calls can be read: files of logs, and CloudTrail's own memory. One port for both."""
