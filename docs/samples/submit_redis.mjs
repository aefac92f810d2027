// Submits a job by a message on a stream of Redis.
//
//     node submit_redis.mjs redis://127.0.0.1:6379 order-1042 '{"pipeline": "image", "files": [{"source": "s3://photos/a.png"}]}'
//
// Needs the package redis. The same id again makes no second job.

import { createClient } from "redis";

const [url, id, request] = process.argv.slice(2);

const server = await createClient({ url }).connect();
await server.xAdd("gristmill:intake", "*", { request, id });
await server.close();
