// What the inference runtime must hold, measured. See README.md.
import { machine } from '../harness.mjs';
import { batches } from './batches.mjs';
import { faults } from './faults.mjs';
import { memory } from './memory.mjs';
import { overhead } from './overhead.mjs';
import { repeats } from './repeats.mjs';

const PARTS = { faults, batches, repeats, memory, overhead };

const wanted = process.argv.slice(2);
for (const name of wanted) if (!(name in PARTS)) throw new Error(`"${name}" is none of ${Object.keys(PARTS).join(', ')}`);
console.log(`${machine()}\n`);
for (const [name, run] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) console.log(`${name}\n\n${await run()}\n`);
}
