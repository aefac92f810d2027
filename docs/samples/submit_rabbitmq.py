"""Submits a job by a message on a queue of RabbitMQ.

    python submit_rabbitmq.py amqp://guest:guest@127.0.0.1:5672 order-1042 '{"pipeline": "image", "files": [{"source": "s3://photos/a.png"}]}'

Needs the package pika. The same id again makes no second job. With confirms and the mandatory flag, a program that ends without an error
knows that the broker has the message.
"""

import sys

import pika

url, message_id, request = sys.argv[1:4]

with pika.BlockingConnection(pika.URLParameters(url)) as connection:
    channel = connection.channel()
    channel.confirm_delivery()
    properties = pika.BasicProperties(message_id=message_id, content_type="application/json", delivery_mode=2)
    channel.basic_publish("", "upload.normal", request, properties, mandatory=True)
