import {
  createSession,
  InferenceConfig,
  InferenceResult,
  ModelCache,
  ModelConfig,
  ModelFormat,
  type Change,
  type Features,
  type InferenceEngine,
  type RegisteredRow,
  type RowObject,
  type WrittenRow,
} from 'millrace';
import type { Equal, Expect } from './equal.js';

export type Rows = [
  Expect<
    Equal<
      RegisteredRow<{ id: 'BIGINT'; at: 'TIMESTAMP_LTZ(3)' }>,
      { readonly id?: bigint | number | null; readonly at?: string | Date | null }
    >
  >,
  Expect<Equal<WrittenRow<{ id: 'BIGINT'; amount: 'DECIMAL(10, 2)' }>, { readonly id: bigint | null; readonly amount: string | null }>>,
  Expect<Equal<RegisteredRow<'id INT'>, Readonly<Record<string, unknown>>>>,
  Expect<Equal<WrittenRow<'id INT'>, RowObject>>,
];

export async function queries(): Promise<void> {
  const session = createSession({ bigints: 'number' });
  for await (const row of session.query<{ id: number }>('SELECT 1 AS id')) {
    const id: Expect<Equal<typeof row.id, number>> = true;
    void id;
  }
  for await (const change of session.changes<{ id: number }>('SELECT 1 AS id')) {
    const type: Expect<Equal<typeof change, Change<{ id: number }>>> = true;
    void type;
  }
  for await (const row of session.query('SELECT 1 AS id')) {
    const type: Expect<Equal<typeof row, RowObject>> = true;
    void type;
  }
  await session.registerTable('t', [{ id: 1 }, { id: 2n }], { columns: { id: 'BIGINT' } });
  // @ts-expect-error a text is no BIGINT
  await session.registerTable('t', [{ id: 'one' }], { columns: { id: 'BIGINT' } });
  // @ts-expect-error there is no column "idd"
  await session.registerTable('t', [{ idd: 1 }], { columns: { id: 'BIGINT' } });
  await session.registerSink(
    's',
    ({ id }, kind) => {
      const types: [Expect<Equal<typeof id, bigint | null>>, Expect<Equal<typeof kind, '+I' | '-U' | '+U' | '-D'>>] = [true, true];
      void types;
    },
    { columns: { id: 'BIGINT' } },
  );
  // @ts-expect-error there is no such setting of a session
  createSession({ bigint: 'number' });
  await session.close();
}

interface Scale {
  readonly factor: number;
}

/** An engine of a program's own, with a configuration of its own. */
class Scaling implements InferenceEngine<Scale> {
  #factor = 1;

  initialize({ factor }: Scale): Promise<void> {
    this.#factor = factor;
    return Promise.resolve();
  }

  infer(inputs: Features): Promise<InferenceResult> {
    const x = inputs instanceof Map ? inputs.get('x') : (inputs as { readonly x?: unknown }).x;
    return Promise.resolve(InferenceResult.success({ scaled: Number(x) * this.#factor }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function engines(): void {
  const cache = new ModelCache({ ttl: '5 min' });
  cache.putEngine('scaling', new Scaling());
  createSession({ engines: cache });
  // @ts-expect-error an engine has infer
  cache.putEngine('nothing', { initialize: () => Promise.resolve(), close: () => Promise.resolve() });
  const format: Expect<Equal<typeof ModelFormat.PMML, 'pmml'>> = true;
  void format;
  // @ts-expect-error there is no such format
  ModelConfig.builder().format('pickle');
  // @ts-expect-error a number of rows
  InferenceConfig.builder().batchSize('32');
}
