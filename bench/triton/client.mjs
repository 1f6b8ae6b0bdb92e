// Sends rows to the model `scale` through the provider, 10 requests of 32 rows in flight, and prints rows/s and CPU per row as JSON.
import { systemClock } from '../../dist/common/clock.js';
import { createHttpTransport } from '../../dist/kit/http-transport.js';
import { triton } from '../../dist/providers/triton/triton-provider.js';
import { batchOfRows } from '../../dist/spec/batch.js';
import { arrayOf, FLOAT } from '../../dist/spec/data-type.js';

const [endpoint, width, binary, compression, rows] = process.argv.slice(2);
const BATCH = 32;
const IN_FLIGHT = 10;
const inputs = [{ name: 'x', type: arrayOf(FLOAT) }];
const http = createHttpTransport({ connections: IN_FLIGHT });
const options = { endpoint, model: 'scale', binary, ...(compression === 'gzip' && { compression }) };
const model = await triton.openModel({
  name: 'scale',
  options: triton.options.parse(options),
  inputs,
  outputs: [{ name: 'y', type: arrayOf(FLOAT) }],
  http,
  clock: systemClock,
  random: Math.random,
  openModelFile: () => Promise.reject(new Error('none')),
});
const vector = Array.from({ length: Number(width) }, (_, i) => Math.fround(Math.sin(i)));
const batch = batchOfRows(
  inputs,
  Array.from({ length: BATCH }, () => [vector]),
);
const { signal } = new AbortController();

async function send(count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const { outputs } = await model.predict(batch, { signal, callId: `call-${left}` });
      if (outputs[0].values[BATCH - 1].at(-1) !== 2 * vector.at(-1)) throw new Error('a wrong answer');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

await send(50);
const requests = Math.ceil(Number(rows) / BATCH);
const cpu = process.cpuUsage();
const started = performance.now();
await send(requests);
const seconds = (performance.now() - started) / 1_000;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ rate: (requests * BATCH) / seconds, cpuMicros: (user + system) / (requests * BATCH) }));
await http.close();
