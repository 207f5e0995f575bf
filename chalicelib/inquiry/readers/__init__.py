"""Where calls can be read: files of logs, CloudTrail's own memory, the trail's bucket, Athena. One port for all."""
