import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { createZone, UTC, type Zone } from '../../common/zone.js';
import { ROW_KIND_NAMES, valueAt, type Batch } from '../../spec/batch.js';
import { defineConnector, type Connector, type Sink, type SinkWriter, type TableContext } from '../../spec/connector.js';
import { oneOf, option } from '../../spec/option.js';
import { formatCell, joinCells } from './cell-text.js';

/** What flowed out of a session, as a test sees it. Only committed rows are there. */
export interface Collections {
  /** `'connector' = 'collect'`: keeps the changelog of its table, each row exactly once whatever happens to the job. */
  readonly connector: Connector;
  /** The committed changes since the last call: `+I | a | b`. */
  changelog(table: string): string[];
  /**
   * The rows that the changes so far leave: by primary key where the table has one, else as a multiset, in the order in
   * which they came.
   *
   * @throws {MillraceError} `INVALID_VALUE` when a change retracts a row that is not there.
   */
  snapshot(table: string): string[];
}

const options = z.object({
  'changelog-mode': option(oneOf('insert-only', 'upsert', 'all').default('all'), { doc: 'The row kinds that the table takes.' }),
});

/** One row of a changelog as text. */
interface Change {
  readonly kind: string;
  readonly cells: readonly string[];
}

/** What a writer wrote between two checkpoints. */
interface CollectCommittable {
  /** Unique for all writers of a table. */
  readonly id: string;
  readonly changes: readonly Change[];
}

export function createCollections(): Collections {
  const tables = new Map<string, Collection>();
  const find = (table: string): Collection => {
    const found = tables.get(table);
    if (found) return found;
    throw new MillraceError({ code: 'UNKNOWN_TABLE', message: `no job has written into a collect table "${table}"` });
  };
  return {
    connector: defineConnector({
      name: 'collect',
      options,
      format: 'none',
      createSink(table) {
        const collection = tables.get(table.name) ?? new Collection(table);
        tables.set(table.name, collection);
        return collectSink(collection, table);
      },
    }),
    changelog: table => find(table).changelog(),
    snapshot: table => find(table).snapshot(),
  };
}

class Collection {
  readonly #keys: readonly number[];
  readonly #changes: Change[] = [];
  readonly #committed = new Set<string>();
  #seen = 0;

  constructor({ fields, primaryKey }: TableContext<unknown>) {
    this.#keys = primaryKey.map(key => fields.findIndex(field => field.name === key));
  }

  commit({ id, changes }: CollectCommittable): void {
    if (this.#committed.has(id)) return;
    this.#committed.add(id);
    this.#changes.push(...changes);
  }

  changelog(): string[] {
    const fresh = this.#changes.slice(this.#seen);
    this.#seen = this.#changes.length;
    return fresh.map(({ kind, cells }) => joinCells([kind, ...cells]));
  }

  snapshot(): string[] {
    return this.#keys.length > 0 ? this.#byKey() : mergeChanges(this.#changes);
  }

  #byKey(): string[] {
    const rows = new Map<string, string>();
    for (const { kind, cells } of this.#changes) {
      const key = joinCells(this.#keys.map(index => cells[index]!));
      if (kind === '+I' || kind === '+U') rows.set(key, joinCells(cells));
      else if (kind === '-D') rows.delete(key);
    }
    return [...rows.values()];
  }
}

/** The rows that a changelog leaves, in the order in which they came. @throws {MillraceError} as `Collections.snapshot`. */
export function mergeChanges(changes: readonly Change[]): string[] {
  const rows: (string | undefined)[] = [];
  for (const { kind, cells } of changes) {
    const row = joinCells(cells);
    if (kind === '+I' || kind === '+U') {
      rows.push(row);
      continue;
    }
    const place = rows.lastIndexOf(row);
    if (place === -1) throw new MillraceError({ code: 'INVALID_VALUE', message: `${kind} of a row that is not there: ${row}` });
    rows[place] = undefined;
  }
  return rows.filter(row => row !== undefined);
}

function collectSink(collection: Collection, table: TableContext<z.output<typeof options>>): Sink<CollectCommittable> {
  const zone = createZone(table.timeZone) ?? UTC;
  return {
    changelogMode: table.options['changelog-mode'],
    openWriter: attempt => Promise.resolve(new CollectWriter(attempt, zone)),
    commit(committables) {
      for (const committable of committables) collection.commit(committable);
      return Promise.resolve();
    },
  };
}

class CollectWriter implements SinkWriter<CollectCommittable> {
  readonly #attempt: string;
  readonly #zone: Zone;
  #changes: Change[] = [];
  #prepared = 0;

  constructor(attempt: string, zone: Zone) {
    this.#attempt = attempt;
    this.#zone = zone;
  }

  write(batch: Batch): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const cells = batch.columns.map(column => formatCell(valueAt(column, row), column.type, this.#zone));
      this.#changes.push({ kind: ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0]!, cells });
    }
  }

  prepareCommit(): Promise<CollectCommittable | undefined> {
    const changes = this.#changes;
    if (changes.length === 0) return Promise.resolve(undefined);
    this.#changes = [];
    return Promise.resolve({ id: `${this.#attempt}-${++this.#prepared}`, changes });
  }

  close(): Promise<void> {
    this.#changes = [];
    return Promise.resolve();
  }
}
