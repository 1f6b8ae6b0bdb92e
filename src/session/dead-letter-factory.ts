import type { Catalog } from '../catalog/catalog.js';
import type { TableObject } from '../catalog/objects.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { Span } from '../common/span.js';
import { hasPlaceholder } from '../config/placeholders.js';
import { readOptions } from '../config/read-options.js';
import type { DeadLetterTarget } from '../engine/embedded/environment.js';
import { runtimeOptions } from '../inference/options.js';
import type { PredictExec } from '../planner/physical/exec-node.js';
import { formatType, sameType } from '../spec/data-type.js';
import { DEAD_LETTER_COLUMNS, DEAD_LETTER_FIELDS } from '../spec/dead-letter.js';
import { deadLetterOptions, type DeadLetterAddress } from './dead-letter-target.js';
import { fileTable } from './file-table.js';
import type { ModelFactory } from './model-factory.js';
import type { Settings } from './settings.js';
import type { TableFactory } from './table-factory.js';

export interface DeadLetterFactoryInit {
  readonly catalog: Catalog;
  readonly models: ModelFactory;
  readonly tables: TableFactory;
  readonly settings: Settings;
}

/** A call whose result has a field for the reason gives up no row. */
type CallSite = Pick<PredictExec, 'call' | 'form'>;

/** Finds and opens where the rows go that a model gives up. */
export class DeadLetterFactory {
  readonly #init: DeadLetterFactoryInit;

  constructor(init: DeadLetterFactoryInit) {
    this.#init = init;
  }

  /** Checks the target of a call as far as the text tells. @throws {MillraceError} at the call. */
  async check(site: CallSite): Promise<void> {
    const address = await this.#addressOf(site, 'text');
    if (address?.kind === 'table') this.#tableOf(address.name, site.call.span);
  }

  /** @throws {MillraceError} at the call where rows are given up and there is nowhere to put them. */
  async open(site: CallSite): Promise<DeadLetterTarget | undefined> {
    const address = await this.#addressOf(site, 'run');
    const { model, span } = site.call;
    switch (address?.kind) {
      case undefined:
        return undefined;
      case 'file': {
        const table = fileTable({ name: `dead letters of ${model.name.object}`, path: address.path, fields: DEAD_LETTER_FIELDS });
        return { sink: await this.#init.tables.openSink(table, new Map(), 'add'), fields: DEAD_LETTER_FIELDS };
      }
      case 'table': {
        const table = this.#tableOf(address.name, span);
        const fields = table.columns.flatMap(column => (column.kind === 'physical' ? [{ name: column.name, type: column.type }] : []));
        return { sink: await this.#init.tables.openSink(table, new Map(), 'add'), fields, table };
      }
      case 'kafka':
        throw new MillraceError({
          code: 'UNSUPPORTED',
          message: `the dead letters of model "${model.name.object}" go to Kafka, and this build has no connector "kafka"`,
          notes: [{ message: "write 'dead-letter.target' = 'file:failed.jsonl', or 'table:' with the name of a table" }],
          span,
        });
    }
  }

  /**
   * Where the rows of a call go; `undefined` where none are given up, or where the text does not tell yet.
   *
   * @throws {MillraceError} `MISSING_OPTION` at the call, where nothing names a target.
   */
  async #addressOf({ call, form }: CallSite, when: 'text' | 'run'): Promise<DeadLetterAddress | undefined> {
    const values = new Map([...(await this.#init.models.declarations.valuesOf(call))].filter(([key]) => KEYS.has(key)));
    if (form === 'result' || (when === 'text' && [...values.values()].some(hasPlaceholder))) return undefined;
    const owner = `model "${call.model.name.object}"`;
    const [runtime, own] = readOptions(
      { owner, values },
      [{ schema: runtimeOptions }, { schema: deadLetterOptions }],
      this.#init.settings.secrets,
    );
    if (runtime['on-error'] !== 'dead_letter') return undefined;
    const address = own['dead-letter.target'];
    if (address !== undefined) return address;
    throw new MillraceError({
      code: 'MISSING_OPTION',
      message: `${owner} has 'on-error' = 'dead_letter', and lacks the option "dead-letter.target"`,
      notes: [{ message: "add 'dead-letter.target' = 'file:failed.jsonl', or 'table:' with the name of a table" }],
      span: call.span,
    });
  }

  /**
   * The table of a target's name.
   *
   * @throws {MillraceError} `UNKNOWN_TABLE` without a place, also for a view.
   */
  table(name: string): TableObject {
    const { catalog } = this.#init;
    const span = { start: 0, end: 0 };
    const parts = name.split('.').map(each => ({ kind: 'identifier' as const, name: each.replace(/^`(.*)`$/, '$1'), span }));
    const table = parts.length <= 3 ? catalog.findRelation(catalog.qualify({ kind: 'object-name', parts, span })) : undefined;
    if (table?.kind === 'table') return table;
    throw new MillraceError({
      code: 'UNKNOWN_TABLE',
      message: `dead letters are to be in "${name}", which is ${table ? 'a view' : 'no table'}`,
      notes: [{ message: table ? 'name a table' : 'create the table first, or correct the name' }],
    });
  }

  /** The table that a target names, if it takes dead letters. */
  #tableOf(name: string, span: Span): TableObject {
    try {
      const table = this.table(name);
      checkDeadLetterTable(table);
      return table;
    } catch (thrown) {
      throw toMillraceError(thrown).at(span);
    }
  }
}

const KEYS: ReadonlySet<string> = new Set(['on-error', 'dead-letter.target']);

/** @throws {MillraceError} for a column that dead letters do not have, or have with another type. */
function checkDeadLetterTable({ name, columns }: TableObject): void {
  for (const column of columns) {
    if (column.kind === 'computed') continue;
    const known = DEAD_LETTER_COLUMNS.find(each => each.name === column.name);
    const fits = known && sameType(known.type, column.type) && (column.type.nullable || !known.type.nullable);
    if (fits) continue;
    const names = DEAD_LETTER_COLUMNS.map(each => each.name);
    throw new MillraceError({
      code: known ? 'TYPE_MISMATCH' : 'UNKNOWN_COLUMN',
      message: known
        ? `column "${column.name}" of table "${name.object}" is ${formatType(column.type)}, and dead letters have ${formatType(known.type)} there`
        : `dead letters have no column "${column.name}", which table "${name.object}" declares`,
      notes: [
        {
          message: known
            ? `declare it as ${formatType(known.type)}`
            : `did you mean "${nearest(column.name, names) ?? names[0]!}"? dead letters have ${names.join(', ')}`,
        },
      ],
    });
  }
}
