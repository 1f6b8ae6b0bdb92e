import type { Clock } from '../../common/clock.js';
import { createZone, UTC } from '../../common/zone.js';
import { ColumnBuilder } from '../../kit/column-builder.js';
import type { Batch, Value } from '../../spec/batch.js';
import type { ReadLimit, ReadResult, Source, SplitReader, TableContext } from '../../spec/connector.js';
import type { DataType, Field } from '../../spec/data-type.js';
import { columnError } from './column-error.js';
import { datagenColumnOptions, type DatagenColumnOptions, type DatagenOptions } from './datagen-options.js';
import { randomValue } from './random-value.js';
import { RowRandom } from './row-random.js';
import { createSequence, sequenceLength } from './sequence.js';

/** A reader that has nothing to do waits at least so long, so that rows come in batches rather than one by one. */
const LEAST_WAIT_MS = 5;
/** Rows that were not asked for in time are made later, but not more than those of so long. */
const MAX_BACKLOG_MS = 1_000;

/** The next row, and what its random values are made from. */
export interface DatagenPosition {
  readonly row: number;
  readonly seed: number;
}

/** Makes the value of a row; rows are asked for in any order. */
type ColumnValueAt = (row: number) => Value;

/** Makes rows out of nothing: a row's values depend on the seed and its number alone. */
export function createDatagenSource(table: TableContext<DatagenOptions>): Source<DatagenPosition> {
  const { options, clock } = table;
  const rowCount = totalRows(table);
  // Reports what is wrong with the options now, not with the first row.
  generatorsOf(table, 0);
  return {
    boundedness: rowCount === Infinity ? 'unbounded' : 'bounded',
    changelogMode: 'insert-only',
    listSplits: () => Promise.resolve([{ id: 'rows' }]),
    openReader(_split, from) {
      const position = from ?? { row: 0, seed: options.seed ?? clock.now() };
      const { fields } = table;
      return Promise.resolve(
        new DatagenReader({
          fields,
          generators: generatorsOf(table, position.seed),
          position,
          rowCount,
          rowsPerSecond: options['rows-per-second'],
          clock,
        }),
      );
    },
  };
}

/** Rows until the first sequence ends, also where a query does not read its column. */
function totalRows({ options, columnOptions }: TableContext<DatagenOptions>): number {
  let total = options['number-of-rows'] ?? Infinity;
  for (const [column, given] of columnOptions) {
    const ofColumn = given as DatagenColumnOptions;
    if (ofColumn.kind === 'sequence') total = Math.min(total, sequenceLength(column, ofColumn));
  }
  return total;
}

function generatorsOf(table: TableContext<DatagenOptions>, seed: number): ColumnValueAt[] {
  const zone = createZone(table.timeZone) ?? UTC;
  return table.fields.map(field => {
    const options = (table.columnOptions.get(field.name) ?? datagenColumnOptions.parse({})) as DatagenColumnOptions;
    if (options.kind === 'sequence') {
      const sequence = createSequence(field, options);
      return row => sequence.valueAt(row);
    }
    const { name: column, type } = field;
    const nullRate = options['null-rate'];
    if (nullRate > 0 && !type.nullable)
      throw columnError({ column, key: 'null-rate', problem: `is ${nullRate}, and the column is NOT NULL` });
    const random = new RowRandom(seed, column);
    const make = randomValue({ column, type, options, clock: table.clock, zone });
    return row => {
      random.seek(row);
      return nullRate > 0 && random.next() < nullRate ? null : make(random);
    };
  });
}

interface DatagenReaderInit {
  readonly fields: readonly Field[];
  readonly generators: readonly ColumnValueAt[];
  readonly position: DatagenPosition;
  readonly rowCount: number;
  readonly rowsPerSecond: number;
  readonly clock: Clock;
}

class DatagenReader implements SplitReader<DatagenPosition> {
  readonly #init: DatagenReaderInit;
  readonly #rowBytes: number;
  #row: number;
  /** When row `#paceRow` was due, in the clock's monotonic milliseconds. */
  #paceMs: number;
  #paceRow: number;

  constructor(init: DatagenReaderInit) {
    this.#init = init;
    this.#rowBytes = init.fields.reduce((sum, { type }) => sum + bytesOf(type), 0);
    this.#row = init.position.row;
    this.#paceRow = init.position.row;
    this.#paceMs = init.clock.monotonic();
  }

  async read(limit: ReadLimit): Promise<ReadResult<DatagenPosition>> {
    const most = Math.max(1, Math.min(limit.maxRows, Math.floor(limit.maxBytes / this.#rowBytes)));
    let count = Math.min(most, this.#rowsDue());
    if (count === 0 && this.#row < this.#init.rowCount) {
      await this.#wait(limit);
      count = Math.min(most, this.#rowsDue());
    }
    const batch = count === 0 ? undefined : this.#make(count);
    this.#row += count;
    return { batch, position: { row: this.#row, seed: this.#init.position.seed }, end: this.#row >= this.#init.rowCount };
  }

  /** Rows that may be made now. */
  #rowsDue(): number {
    const { rowsPerSecond, rowCount, clock } = this.#init;
    const left = rowCount - this.#row;
    if (rowsPerSecond === 0) return left;
    const elapsed = clock.monotonic() - this.#paceMs;
    const due = Math.floor((elapsed * rowsPerSecond) / 1_000) - (this.#row - this.#paceRow);
    const backlog = Math.max(1, Math.floor((MAX_BACKLOG_MS * rowsPerSecond) / 1_000));
    if (due > backlog) {
      this.#paceRow = this.#row;
      this.#paceMs = clock.monotonic() - (backlog * 1_000) / rowsPerSecond;
    }
    return Math.max(0, Math.min(due, backlog, left));
  }

  async #wait({ waitMs, fillMs = 0, signal }: ReadLimit): Promise<void> {
    const { rowsPerSecond, clock } = this.#init;
    const dueMs = this.#paceMs + ((this.#row - this.#paceRow + 1) * 1_000) / rowsPerSecond;
    const ms = Math.min(waitMs, Math.max(LEAST_WAIT_MS, fillMs, dueMs - clock.monotonic()));
    // An abort only ends the waiting.
    if (ms > 0) await clock.sleep(Math.ceil(ms), signal).catch(() => undefined);
  }

  #make(count: number): Batch {
    const { fields, generators } = this.#init;
    const columns = fields.map(({ type }, c) => {
      const builder = new ColumnBuilder(type, count);
      const valueAt = generators[c]!;
      for (let i = 0; i < count; i++) builder.set(i, valueAt(this.#row + i));
      return builder.build();
    });
    return { kind: 'batch', rowCount: count, columns };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** About how much memory a value takes. */
function bytesOf(type: DataType): number {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return Math.min(type.length, 100);
    case 'ARRAY':
    case 'MULTISET':
      return 3 * bytesOf(type.element);
    case 'MAP':
      return 3 * (bytesOf(type.key) + bytesOf(type.value));
    case 'ROW':
      return type.fields.reduce((sum, field) => sum + bytesOf(field.type), 8);
    default:
      return 8;
  }
}
