// One case by one program, in a process of its own. argv: case, `millrace` or `hand`. Prints milliseconds, by the clock and of all threads, and a check sum.
import { extensions, Session } from 'millrace';
import { defineConnector } from 'millrace/spec';
import { createFakeClock } from 'millrace/testing';
import { z } from 'zod';
import { CASES } from './cases.mjs';

const TYPES = { INT: 'INT', DOUBLE: 'DOUBLE', VARCHAR: 'STRING', ARRAY: 'ARRAY<INT>' };
const [name, program] = process.argv.slice(2);
const { tables: create, sql, byHand } = CASES[name];
const tables = create();

let [rows, sum] = [0, 0];
/** All that reads the rows does: it looks at each number once. */
function emit(columns, count) {
  rows += count;
  for (const values of columns) if (typeof values[0] === 'number') for (let i = 0; i < count; i++) sum += values[i];
}

/** A bounded source whose batches are there already: reading costs next to nothing. */
function source({ name: table, fields }) {
  const { fields: all, batches } = tables[table];
  const places = fields.map(field => all.findIndex(({ name: other }) => other === field.name));
  return {
    boundedness: 'bounded',
    changelogMode: 'insert-only',
    listSplits: async () => [{ id: 'all' }],
    openReader: async (_, from = 0) => {
      let position = from;
      return {
        async read() {
          const batch = batches[position++];
          const columns = places.map(place => batch.columns[place]);
          return { batch: { ...batch, columns }, position, end: position === batches.length };
        },
        close: async () => undefined,
      };
    },
  };
}

async function byMillrace() {
  const connector = defineConnector({ name: 'ready', options: z.object({}), format: 'none', createSource: source });
  const session = new Session({
    extensions: { ...extensions, connectors: { ready: async () => connector } },
    environment: {},
    clock: createFakeClock(),
    random: () => 0.5,
    newId: () => 'id',
    output: { write: () => undefined },
    openHttp: () => Promise.reject(new Error('nothing reads from the network')),
    loadModule: () => Promise.reject(new Error('nothing calls a function of a module')),
    warn: () => undefined,
  });
  const run = text => {
    const consumer = {
      begin: () => undefined,
      write: batch =>
        emit(
          batch.columns.map(column => column.values),
          batch.rowCount,
        ),
      end: () => undefined,
    };
    return session.execute(session.parse(`${text};`).statements[0], { consumer });
  };
  for (const [table, { fields }] of Object.entries(tables)) {
    const columns = fields.map(field => `${field.name} ${TYPES[field.type.kind]}`).join(', ');
    await run(`CREATE TABLE ${table} (${columns}) WITH ('connector' = 'ready')`);
  }
  return async () => {
    const { job } = await run(sql);
    await job.settled;
  };
}

const start = program === 'millrace' ? await byMillrace() : () => byHand(tables, emit);
globalThis.gc();
const [started, cpu] = [performance.now(), process.cpuUsage()];
await start();
const milliseconds = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ milliseconds, cpuMilliseconds: (user + system) / 1_000, rows, sum }));
process.exit();
