// CPU of a call: a bare undici loop, the official SDK, the runtime alone, and whole jobs, at the same concurrency.
import { interleave, median, table } from '../harness.mjs';
import { inChild, startQuickService } from './service.mjs';

const calls = Number(process.env.CALLS ?? 20_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const CLIENTS = ['undici', 'openai SDK', 'runtime', 'job, ordered', 'job, unordered'];

export async function overhead() {
  const service = await startQuickService({ latencyMs: 5 });
  try {
    const runs = Object.fromEntries(CLIENTS.map(client => [client, () => inChild('overhead-client.mjs', client, service.url, calls)]));
    const results = await interleave(runs, rounds);
    const cpu = new Map([...results].map(([client, all]) => [client, median(all.map(({ cpuMicros }) => cpuMicros / calls))]));
    const bare = cpu.get('undici');
    const lines = [...results].map(([client, all]) => {
      const micros = cpu.get(client);
      const range = all.map(({ cpuMicros }) => cpuMicros / calls);
      return [
        client,
        micros.toFixed(0),
        `${Math.min(...range).toFixed(0)} to ${Math.max(...range).toFixed(0)}`,
        ((micros - bare) / 1_000).toFixed(3),
        (micros / bare).toFixed(2),
        median(all.map(({ seconds }) => calls / seconds)).toFixed(0),
      ];
    });
    return table(['client', 'CPU µs a call', 'least to most', 'ms more than undici', 'times undici', 'calls/s'], lines);
  } finally {
    await service.stop();
  }
}
