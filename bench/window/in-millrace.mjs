// The same aggregations as SQL, from batches in memory into a sink that adds up.
import { z } from 'zod';
import { extensions } from '../../dist/extensions.js';
import { systemClock } from '../../dist/common/clock.js';
import { Session } from '../../dist/session/session.js';
import { defineConnector } from '../../dist/spec/connector.js';

export async function run(batches, windowed) {
  const total = { rows: 0, count: 0, sum: 0 };
  const session = new Session({
    extensions: { ...extensions, connectors: { ...extensions.connectors, memory: () => Promise.resolve(memory(batches, total)) } },
    environment: {},
    clock: systemClock,
    random: () => 0.5,
    newId: () => 'bench',
    output: { write() {} },
    openHttp: () => Promise.reject(new Error('no network here')),
    warn() {},
  });
  const sql = `
    CREATE TABLE payments (k INT, amount DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'memory');
    CREATE TABLE totals (k INT, window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT, total DOUBLE) WITH ('connector' = 'memory');
    INSERT INTO totals SELECT k, window_start, window_end, COUNT(*), SUM(amount) FROM TABLE(${windowed}) GROUP BY k, window_start, window_end;`;
  for (const statement of session.parse(sql).statements) {
    const result = await session.execute(statement, {});
    if (result.kind === 'job') await result.job.settled;
  }
  await session.close();
  return total;
}

function memory(batches, total) {
  return defineConnector({
    name: 'memory',
    options: z.object({}),
    format: 'none',
    createSource: ({ fields }) => ({
      boundedness: 'bounded',
      changelogMode: 'insert-only',
      listSplits: () => Promise.resolve([{ id: 'all' }]),
      openReader: (_split, from = 0) => {
        let next = from;
        return Promise.resolve({
          read() {
            const { rowCount, ...columns } = batches[next++];
            const values = { k: columns.keys, amount: columns.amounts, ts: columns.times };
            const batch = { kind: 'batch', rowCount, columns: fields.map(({ name, type }) => ({ type, values: values[name] })) };
            return Promise.resolve({ batch, position: next, end: next === batches.length });
          },
          close: () => Promise.resolve(),
        });
      },
    }),
    createSink: () => ({
      changelogMode: 'insert-only',
      openWriter: () =>
        Promise.resolve({
          write({ rowCount, columns }) {
            total.rows += rowCount;
            for (let i = 0; i < rowCount; i++) {
              total.count += columns[3].values[i];
              total.sum += columns[4].values[i];
            }
          },
          prepareCommit: () => Promise.resolve(undefined),
          close: () => Promise.resolve(),
        }),
    }),
  });
}
