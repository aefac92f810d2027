// Submits a job by a message on a queue of Amazon SQS.
//
//     node submit_sqs.mjs requests order-1042 '{"pipeline": "image", "files": [{"source": "s3://photos/a.png"}]}'
//
// Needs the package @aws-sdk/client-sqs; keys, region and endpoint come from the usual AWS_… variables. The same id again makes no second
// job.

import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const [queue, id, request] = process.argv.slice(2);

const sqs = new SQSClient();
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
await sqs.send(
  new SendMessageCommand({ QueueUrl, MessageBody: request, MessageAttributes: { id: { DataType: "String", StringValue: id } } }),
);
