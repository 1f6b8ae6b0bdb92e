// Writes the events of the bench: 146-byte JSON lines with 6 fields, the same for the same count.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

/** A small generator of uniform numbers (mulberry32): the file is the same on every machine. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export async function writeEvents(path, count) {
  const random = generator(42);
  const out = createWriteStream(path);
  for (let i = 0; i < count;) {
    const lines = [];
    for (const to = Math.min(count, i + 10_000); i < to; i++) {
      const user = `user-${String(Math.floor(random() * 1e8)).padStart(8, '0')}`;
      const merchant = `shop-${String(Math.floor(random() * 1e6)).padStart(6, '0')}`;
      const amount = (random() * 800).toFixed(2);
      const risk = random().toFixed(4);
      const velocity = (random() * 20).toFixed(3);
      lines.push(
        `{"user_id":"${user}","merchant_id":"${merchant}","amount":${amount},"merchant_risk":${risk},"velocity":${velocity},"event_time":${1_767_225_600_000 + i * 25}}`,
      );
    }
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
