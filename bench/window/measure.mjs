// One program over one kind of window, timed once it is warm: `measure.mjs millrace|hand tumble|hop|session rows`. Prints JSON.
import { hop, session } from './by-hand.mjs';
import { run } from './in-millrace.mjs';
import { makeRows } from './rows.mjs';

const SECOND = 1_000_000;
const PROGRAMS = {
  tumble: {
    hand: batches => hop(batches, 60 * SECOND, 60 * SECOND),
    millrace: batches => run(batches, "TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"),
  },
  hop: {
    hand: batches => hop(batches, 60 * SECOND, 15 * SECOND),
    millrace: batches => run(batches, "HOP(TABLE payments, DESCRIPTOR(ts), INTERVAL '15' SECOND, INTERVAL '1' MINUTE)"),
  },
  session: {
    hand: batches => session(batches, 30 * SECOND),
    millrace: batches => run(batches, "SESSION(TABLE payments PARTITION BY k, DESCRIPTOR(ts), INTERVAL '30' SECOND)"),
  },
};

const [program, kind, rows] = process.argv.slice(2);
const aggregate = PROGRAMS[kind][program];
const batches = makeRows(Number(rows));
await aggregate(batches.slice(0, 200));
globalThis.gc?.();
const started = process.cpuUsage();
const total = await aggregate(batches);
const { user, system } = process.cpuUsage(started);
console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, total }));
