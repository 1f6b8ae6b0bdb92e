import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedModel, ModelOutput, OutputRead, ReadValues, TensorFeed } from '../../spec/model-runtime.js';
import { loadPmml } from './load-pmml.js';

export const FIXTURES = 'tests/fixtures/pmml';

type Cell = number | string | boolean | null;

/** By name, the values of all rows; `null` is missing. */
export type Columns = Readonly<Record<string, readonly Cell[]>>;

/** What a model says of rows, by output; of an output with several values a row, their list. */
export interface Answers {
  readonly values: ReadonlyMap<string, readonly (Cell | readonly Cell[])[]>;
  readonly failures: ReadonlyMap<number, string>;
}

export function openFixture(path: string): LoadedModel {
  return loadPmml(readFileSync(join(FIXTURES, path)));
}

export function readAnswers<Answer>(path: string): Answer {
  return JSON.parse(readFileSync(join(FIXTURES, path), 'utf8')) as Answer;
}

/** Runs rows through all outputs, `batch` at a time. */
export async function answer(model: LoadedModel, rows: Columns, batch = Infinity): Promise<Answers> {
  const count = Object.values(rows)[0]?.length ?? 0;
  const feeds = model.inputs.map(({ name, element, takesNull }, i): TensorFeed => ({
    name,
    element: element!,
    columns: [i],
    width: 1,
    rowShape: [1],
    takesNull,
  }));
  const { outputs, reading } = await model.prepare(feeds);
  const run = reading(outputs.map(readOf));
  const values = new Map(outputs.map(output => [output.name, [] as (Cell | readonly Cell[])[]]));
  const failures = new Map<number, string>();
  for (let start = 0; start < count; start += batch) {
    const end = Math.min(count, start + batch);
    const data = model.inputs.map(({ name, element }) =>
      feedOf(rows[name]?.slice(start, end) ?? Array.from({ length: end - start }, () => null), element === 'string'),
    );
    const result = await run(end - start, data, new AbortController().signal);
    for (const [row, reason] of result.failures) failures.set(start + row, reason);
    for (const [i, { name, width }] of outputs.entries()) {
      for (let row = 0; row < end - start; row++)
        values.get(name)!.push(result.nulls?.[i]?.[row] === 1 ? null : cellOf(result.columns[i]!, row, width));
    }
  }
  return { values, failures };
}

function feedOf(cells: readonly Cell[], isText: boolean): Float64Array | (string | null)[] {
  if (isText) return cells.map(cell => (cell === null ? null : String(cell)));
  return Float64Array.from(cells, cell => (cell === null ? NaN : Number(cell)));
}

function cellOf(column: ReadValues, row: number, width: number): Cell | readonly Cell[] {
  const cell = (at: number): Cell => (typeof column[at] === 'bigint' ? Number(column[at]) : (column[at] as Cell));
  return width === 1 ? cell(row) : Array.from({ length: width }, (_, i) => cell(row * width + i));
}

const FORMS: Readonly<Record<string, OutputRead['form']>> = { string: 'texts', bool: 'flags', int64: 'longs', float64: 'numbers' };

export function readOf({ name, width, element }: ModelOutput): OutputRead {
  return { output: name, width, offset: 0, count: width, form: FORMS[element!]! };
}

/** Why a value is not the expected one; `undefined` when it is. What sums that cancel out leave may differ by `least`. */
export function misfit(expected: Cell, actual: Cell | readonly Cell[] | undefined, tolerance: number, least = 1e-15): string | undefined {
  const isSame =
    typeof expected === 'number' && typeof actual === 'number'
      ? Math.abs(actual - expected) <= Math.max(least, tolerance * Math.abs(expected)) || actual === expected
      : typeof expected === 'boolean'
        ? actual === Number(expected)
        : expected === null
          ? actual === null
          : String(actual) === String(expected);
  return isSame ? undefined : `expected ${expected}, got ${String(actual)}`;
}
