// Submits a job by a message on a queue of RabbitMQ.
//
//     node submit_rabbitmq.mjs amqp://guest:guest@127.0.0.1:5672 order-1042 '{"pipeline": "image", "files": [{"source": "s3://photos/a.png"}]}'
//
// Needs the package amqplib. The same id again makes no second job. Once the broker has confirmed, it has the message.

import { connect } from "amqplib";

const [url, messageId, request] = process.argv.slice(2);

const connection = await connect(url);
const channel = await connection.createConfirmChannel();
channel.sendToQueue("upload.normal", Buffer.from(request), { messageId, contentType: "application/json", persistent: true });
await channel.waitForConfirms();
await connection.close();
