"""Submits a job by a message on a queue of Amazon SQS.

    python submit_sqs.py requests order-1042 '{"pipeline": "image", "files": [{"source": "s3://photos/a.png"}]}'

Needs the package boto3; keys, region and endpoint come from the usual AWS_… variables. The same id again makes no second job.
"""

import sys

import boto3

queue, message_id, request = sys.argv[1:4]

sqs = boto3.client("sqs")
sqs.send_message(
    QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"],
    MessageBody=request,
    MessageAttributes={"id": {"DataType": "String", "StringValue": message_id}},
)
