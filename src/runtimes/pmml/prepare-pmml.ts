import { MillraceError } from '../../common/error.js';
import type { TensorData } from '../../spec/element-type.js';
import type { ModelOutput, ModelRun, ModelRunResult, OutputRead, PreparedModel, ReadValues, TensorFeed } from '../../spec/model-runtime.js';
import type { CompiledDocument } from './evaluate/compile-document.js';
import type { Outcome } from './evaluate/outcome.js';
import type { Result } from './evaluate/results.js';
import { RowFailure } from './evaluate/row.js';
import { textOf, type Value } from './evaluate/value.js';

export interface OpenPmml {
  readonly compiled: CompiledDocument;
  readonly results: readonly Result[];
  /** By result. */
  readonly outputs: readonly ModelOutput[];
}

// Rows are computed on the thread of the job, which gets a turn after so many.
const ROWS_AT_ONCE = 1_024;

/** Joins the inputs of a document to what it is fed. @throws {MillraceError} `MODEL_LOAD` for a feed of no input. */
export function preparePmml(open: OpenPmml, feeds: readonly TensorFeed[]): PreparedModel {
  const slots = feeds.map(feed => {
    const input = open.compiled.inputs.find(({ name }) => name === feed.name);
    if (input === undefined)
      throw new MillraceError({ code: 'MODEL_LOAD', message: `the PMML document has no active field "${feed.name}"` });
    return input.slot;
  });
  return { outputs: open.outputs, reading: reads => runOf(open, slots, reads) };
}

function runOf({ compiled, results }: OpenPmml, slots: readonly number[], reads: readonly OutputRead[]): ModelRun {
  const read = reads.map(each => results.find(({ name }) => name === each.output)!);
  const number = onlyNumber(compiled, read);
  const runsOutputs = read.some(({ kind }) => kind === 'output');
  return async (rows, data, signal): Promise<ModelRunResult> => {
    const writers = reads.map(each => new ColumnWriter(each, rows));
    const failures: (readonly [number, string])[] = [];
    for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
      if (start > 0) await new Promise(resolve => setImmediate(resolve));
      signal.throwIfAborted();
      const end = Math.min(rows, start + ROWS_AT_ONCE);
      for (let i = start; i < end; i++) {
        try {
          fill(compiled, slots, data, i);
          compiled.begin();
          if (number !== undefined) {
            const value = number(compiled.row);
            writers[0]!.write(i, Number.isNaN(value) ? undefined : value);
            continue;
          }
          const outcome: Outcome | undefined = compiled.model.evaluate(compiled.row);
          if (runsOutputs) compiled.model.runOutputs(compiled.row, outcome);
          for (let j = 0; j < writers.length; j++) writers[j]!.write(i, read[j]!.read(compiled.row, outcome));
        } catch (error) {
          if (!(error instanceof RowFailure)) throw error;
          failures.push([i, error.message]);
        }
      }
    }
    return { columns: writers.map(writer => writer.values), nulls: writers.map(writer => writer.nulls), failures };
  };
}

/** A regression of which nobody wants more than the value needs no outcome. */
function onlyNumber({ model }: CompiledDocument, read: readonly Result[]): CompiledDocument['model']['number'] {
  return read.length === 1 && read[0]!.kind === 'predicted' && read[0]!.width === 1 ? model.number : undefined;
}

function fill({ row }: CompiledDocument, slots: readonly number[], data: readonly TensorData[], at: number): void {
  for (let i = 0; i < slots.length; i++) {
    const value = data[i]![at] as number | string | null;
    // Not `Number.isNaN`, which would look up the type of each value again.
    row.values[slots[i]!] = value === null || value !== value ? undefined : value;
  }
}

/** A column of results while it is filled. */
class ColumnWriter {
  readonly values: ReadValues;
  nulls: Uint8Array | undefined;
  readonly #rows: number;
  readonly #offset: number;
  readonly #count: number;
  readonly #isSingle: boolean;

  constructor({ form, width, offset, count }: OutputRead, rows: number) {
    this.values = allocate(form, rows * count);
    this.#rows = rows;
    this.#offset = offset;
    this.#count = count;
    this.#isSingle = width === 1;
  }

  write(row: number, value: Value | readonly Value[] | Float64Array): void {
    if (value === undefined) {
      (this.nulls ??= new Uint8Array(this.#rows))[row] = 1;
    } else if (this.#isSingle) {
      this.#put(row, value as Value);
    } else {
      for (let i = 0; i < this.#count; i++) this.#put(row * this.#count + i, (value as readonly Value[])[this.#offset + i]);
    }
  }

  #put(at: number, value: Value): void {
    const { values } = this;
    if (values instanceof Float64Array || values instanceof Uint8Array) values[at] = value as number;
    else if (Array.isArray(values)) values[at] = textOf(value!);
    else values[at] = BigInt(value as number);
  }
}

function allocate(form: OutputRead['form'], length: number): ReadValues {
  switch (form) {
    case 'numbers':
      return new Float64Array(length);
    case 'flags':
      return new Uint8Array(length);
    case 'longs':
      return new BigInt64Array(length);
    case 'unsigned':
      return new BigUint64Array(length);
    case 'texts':
      return Array.from({ length }, () => '');
  }
}
