"""Submits a job by a message on a stream of Redis.

    python submit_redis.py redis://127.0.0.1:6379 order-1042 '{"pipeline": "image", "files": [{"source": "s3://photos/a.png"}]}'

Needs the package redis. The same id again makes no second job.
"""

import sys

import redis

url, message_id, request = sys.argv[1:4]

with redis.Redis.from_url(url) as server:
    server.xadd("gristmill:intake", {"request": request, "id": message_id})
