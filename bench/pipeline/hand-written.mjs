// The same job as one program for this one purpose: no planner, no operators, nothing that this job does not need.
// argv: events, output, where the network runs (`main` or `worker`), rows per call.
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

async function openSession() {
  const { default: ort } = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create('bench/pipeline/network.onnx', { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return async (features, rows) =>
    (await session.run({ features: new ort.Tensor('float32', features.subarray(0, rows * 6), [rows, 6]) })).score.data;
}

if (!isMainThread) {
  const run = await openSession();
  parentPort.on('message', async ({ features, rows }) => {
    const score = await run(features, rows);
    parentPort.postMessage(score, [score.buffer]);
  });
  parentPort.postMessage('ready');
} else {
  const [events, output, where, size] = process.argv.slice(2);
  await main(events, output, where, Number(size));
}

async function main(events, output, where, size) {
  const out = createWriteStream(output);
  let predict;
  let close = () => {};
  if (where === 'worker') {
    const worker = new Worker(new URL(import.meta.url), { workerData });
    await once(worker, 'message');
    const waiting = [];
    worker.on('message', score => waiting.shift()(score));
    predict = (features, rows) =>
      new Promise(resolve => {
        waiting.push(resolve);
        worker.postMessage({ features, rows }, [features.buffer]);
      });
    close = () => worker.terminate();
  } else predict = await openSession();

  let features = new Float32Array(size * 6);
  let users = [];
  let times = [];
  let rows = 0;
  let inFlight = Promise.resolve();
  const flush = async () => {
    const batch = { features, users, times, rows };
    features = new Float32Array(size * 6);
    users = [];
    times = [];
    rows = 0;
    const scores = predict(batch.features, batch.rows);
    await inFlight;
    inFlight = scores.then(async score => {
      let text = '';
      for (let i = 0; i < batch.rows; i++)
        if (score[i] > 0.8) text += `{"user_id":"${batch.users[i]}","event_time":${batch.times[i]},"score":${score[i]}}\n`;
      if (text !== '' && !out.write(text)) await once(out, 'drain');
    });
  };

  let rest = '';
  for await (const chunk of createReadStream(events, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      if (!(event.amount > 100 && event.merchant_risk > 0.2)) continue;
      const at = rows * 6;
      features[at] = Math.log(event.amount) / 7;
      features[at + 1] = event.merchant_risk;
      features[at + 2] = event.velocity / 20;
      features[at + 3] = (event.merchant_risk * event.velocity) / 20;
      features[at + 4] = (Math.trunc(event.event_time / 3_600_000) % 24) / 24;
      features[at + 5] = event.amount / 800;
      users.push(event.user_id);
      times.push(event.event_time);
      if (++rows === size) await flush();
    }
  }
  if (rows > 0) await flush();
  await inFlight;
  out.end();
  await once(out, 'finish');
  close();
}
