import type { RowBounds } from '../planner/physical/estimate-rows.js';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.js';
import type { TableColumn, TableObject } from '../catalog/objects.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { OptionSpans, Span } from '../common/span.js';
import { canonicalKey, canonicalOptions, checkOptions, readOptions, type GivenOptions, type OptionGroup } from '../config/read-options.js';
import { storedColumns } from '../planner/binder/bind-insert.js';
import type { Connector, FormatPair, LookupSource, Sink, Source, TableContext } from '../spec/connector.js';
import { formatType, sameType, type Field } from '../spec/data-type.js';
import type { Format } from '../spec/format.js';
import { integer, option, text, type OptionSchema } from '../spec/option.js';
import type { LookupJoinExec } from '../planner/physical/exec-node.js';
import type { OpenModelFile } from '../spec/model-runtime.js';
import { overridden } from './change-options.js';
import { atRate } from './rate-limited-source.js';
import { TableEngines, type OpenedTableModel, type TableLease } from './table-engines.js';
import { declaredExtension, loadExtension } from './extensions.js';
import type { SessionHost } from './host.js';
import type { Settings } from './settings.js';

/** The keys that the session itself reads. */
export const tableOptions = z.object({
  connector: option(text(), { doc: 'Which connector reaches the system.' }),
  format: option(text().optional(), { doc: 'How records become rows.', aliases: ['value.format'] }),
  'scan.rows-per-second': option(integer({ min: 1 }).optional(), {
    doc: 'Reads at most at this rate, to replay records as a stream; as fast as possible when absent.',
  }),
});

/** Makes sources and sinks of tables. */
export class TableFactory {
  readonly #host: SessionHost;
  readonly #settings: Settings;

  readonly #openModelFile: OpenModelFile;
  readonly #engines: TableEngines;

  constructor(host: SessionHost, settings: Settings, openModelFile: OpenModelFile) {
    this.#host = host;
    this.#settings = settings;
    this.#openModelFile = openModelFile;
    this.#engines = new TableEngines(host.engines, host.clock);
  }

  /** What tables that are models have loaded leaves. */
  close(): void {
    this.#engines.close();
  }

  /**
   * The engine that ml_score finds by a name: what is loaded under it, or that of a table of the catalog that is a model of
   * the name.
   *
   * @throws {MillraceError | MillraceErrors} for a table whose model cannot be loaded.
   */
  async leaseNamed(name: string, catalog: Catalog): Promise<TableLease | undefined> {
    const known = this.#engines.leaseNamed(name, false);
    if (known) return known;
    const found = await this.findModel(name, catalog);
    return found ? this.#engines.lease(found) : this.#engines.leaseNamed(name, true);
  }

  /** The table that is the model of a name: one of the current database before the others. */
  async findModel(name: string, catalog: Catalog): Promise<OpenedTableModel | undefined> {
    const { current } = catalog;
    const isNear = ({ name: { catalog: of, database } }: TableObject): boolean => of === current.catalog && database === current.database;
    const tables = catalog.relations().filter(relation => relation.kind === 'table');
    for (const table of [...tables.filter(isNear), ...tables.filter(each => !isNear(each))]) {
      const { extensions } = this.#host;
      const connectorName = table.options.get('connector') ?? '';
      if (!Object.hasOwn(extensions.connectors, connectorName) || ![...table.options.values()].includes(name)) continue;
      const { model } = await extensions.connectors[connectorName]!();
      if (model && table.options.get(model.nameOption) === name) return { table, ...(await this.#open(table, new Map())) };
    }
    return undefined;
  }

  /**
   * Checks options, format and columns of a table as far as the text tells.
   *
   * @throws {MillraceError | MillraceErrors}
   */
  async check(table: TableObject, spans: OptionSpans): Promise<void> {
    const { connector, format } = await this.#load(table, table.options, { use: declaredExtension, spans });
    checkOptions(givenOf(table, table.options, spans), groupsOf(table, connector, format));
    for (const column of table.columns) if (column.kind === 'metadata') checkMetadata(column, connector);
  }

  /** Which option a key means in any of its spellings. */
  async keyOf(table: TableObject): Promise<(written: string) => string> {
    const { connector, format } = await this.#load(table, table.options, { use: declaredExtension });
    const groups = groupsOf(table, connector, format);
    return written => canonicalKey(written, groups);
  }

  /** @param read columns that the query reads, as indices into the table's columns. */
  async openSource(table: TableObject, read: readonly number[], hints: ReadonlyMap<string, string>): Promise<Source> {
    const opened = await this.#open(table, hints);
    if (!opened.connector.createSource) throw lacks(table, opened.connector, 'be read');
    const { columns, fields, metadata, given } = columnsOf(table, read);
    const source = await opened.connector.createSource({ ...opened.context, fields, metadata }, opened.format);
    return atRate(opened.rowsPerSecond, this.#host.clock, inReadOrder(source, columns, given));
  }

  /** @throws {MillraceError} at the join, where the connector of its table is here and finds no rows by key. */
  async checkLookup({ table, span }: LookupJoinExec): Promise<void> {
    const { connectors } = this.#host.extensions;
    const name = table.options.get('connector') ?? '';
    const connector = Object.hasOwn(connectors, name) ? await connectors[name]!() : undefined;
    if (connector && !connector.createLookup) throw noLookup(table, connector).at(span);
  }

  /** The table of a lookup join, which gives `columns` in their order. @throws {MillraceError | MillraceErrors} */
  async openLookup({ table, columns: read, condition, hints }: LookupJoinExec): Promise<LookupSource> {
    const opened = await this.#open(table, hints);
    if (!opened.connector.createLookup) throw noLookup(table, opened.connector);
    const { columns, fields, metadata, given } = columnsOf(table, read);
    const keys = condition.keys.map(({ column }) => given.indexOf(columns[column]!.name));
    const source = await opened.connector.createLookup(
      { ...opened.context, fields, metadata },
      { keys, declared: opened.context.fields, leaseEngine: opened.connector.model && (() => this.#engines.lease({ table, ...opened })) },
      opened.format,
    );
    return inLookupOrder(source, columns, given);
  }

  /** Whether a table has no end, as far as the text of its options tells. */
  async isEndless(table: TableObject, hints: ReadonlyMap<string, string>): Promise<boolean> {
    const { connector, options } = await this.#declared(table, hints);
    return connector.isEndless?.(options) ?? false;
  }

  /** What is known of a table's rows before it is read, as far as the text of its options tells. */
  async boundsOf(table: TableObject, hints: ReadonlyMap<string, string>): Promise<RowBounds> {
    const { connector, options } = await this.#declared(table, hints);
    const most = connector.mostRows?.(options);
    return { least: 0, most: Number.isSafeInteger(most) ? most! : Infinity, isEndless: connector.isEndless?.(options) ?? false };
  }

  /** The connector of a table, which need not be here, and the options that it would read, as written. */
  async #declared(table: TableObject, hints: ReadonlyMap<string, string>) {
    const values = hints.size > 0 ? overridden(table.options, hints, await this.keyOf(table)) : table.options;
    const { connector, format } = await this.#load(table, values, { use: declaredExtension });
    return { connector, options: canonicalOptions(givenOf(table, values), groupsOf(table, connector, format)) };
  }

  /** @param mode whether rows are added, or take the place of what is there. */
  async openSink(table: TableObject, hints: ReadonlyMap<string, string>, mode: 'add' | 'overwrite'): Promise<Sink> {
    const { connector, context, format } = await this.#open(table, hints);
    const create = mode === 'add' ? connector.createSink?.bind(connector) : connector.createOverwriteSink?.bind(connector);
    if (!create) throw lacks(table, connector, mode === 'add' ? 'be written to' : 'be overwritten');
    const metadata = storedColumns(table).flatMap(column =>
      column.kind === 'metadata' ? [{ key: column.key, field: fieldOf(column) }] : [],
    );
    if (metadata.length > 0) {
      throw new MillraceError({
        code: 'UNSUPPORTED',
        message: `connector "${connector.name}" writes no metadata columns`,
        notes: [{ message: `declare ${metadata[0]!.field.name} as VIRTUAL` }],
      });
    }
    return create({ ...context, metadata: [] }, format);
  }

  async #load(
    table: TableObject,
    options: ReadonlyMap<string, string>,
    { use, spans }: { readonly use: typeof loadExtension; readonly spans?: OptionSpans },
  ): Promise<{ connector: Connector; format: Format | undefined }> {
    const owner = `table "${table.name.object}"`;
    const name = options.get('connector');
    if (name === undefined)
      throw new MillraceError({
        code: 'MISSING_OPTION',
        message: `${owner} lacks the option "connector"`,
        notes: [{ message: "add WITH ('connector' = 'filesystem', …)" }],
      });
    const connector = await load(() => use(this.#host.extensions, 'connectors', name), spans?.get('connector')?.value);
    const formatName = options.get('format') ?? options.get('value.format');
    if (connector.format === 'none') {
      if (formatName === undefined) return { connector, format: undefined };
      throw placed(
        new MillraceError({ code: 'UNKNOWN_OPTION', message: `connector "${name}" takes no format` }),
        spans?.get('format')?.key,
      );
    }
    if (formatName === undefined)
      throw new MillraceError({
        code: 'MISSING_OPTION',
        message: `${owner} lacks the option "format"`,
        notes: [{ message: `add 'format' = 'json', or one of ${Object.keys(this.#host.extensions.formats).join(', ')}` }],
      });
    return {
      connector,
      format: await load(() => use(this.#host.extensions, 'formats', formatName), spans?.get('format')?.value),
    };
  }

  async #open(table: TableObject, hints: ReadonlyMap<string, string>) {
    const values = hints.size > 0 ? overridden(table.options, hints, await this.keyOf(table)) : table.options;
    const { connector, format } = await this.#load(table, values, { use: loadExtension });
    const groups = groupsOf(table, connector, format);
    const [own, options, formatOptions, ...columns] = readOptions(givenOf(table, values), groups, this.#settings.secrets);
    this.#settings.mask.learn([options, formatOptions]);
    const perColumn = connector.columnOptions ? columns : [];
    const context: TableContext<never> = {
      name: table.name.object,
      options: options as never,
      fields: table.columns.filter(column => column.kind === 'physical').map(fieldOf),
      metadata: [],
      primaryKey: table.primaryKey,
      partitionKeys: table.partitionKeys,
      columnOptions: new Map(
        perColumn.map((parsed, index) => [table.columns.filter(column => column.kind === 'physical')[index]!.name, parsed]),
      ),
      timeZone: this.#settings.zone.name,
      clock: this.#host.clock,
      output: this.#host.output,
      openModelFile: this.#openModelFile,
    };
    const rowsPerSecond = own?.['scan.rows-per-second'] as number | undefined;
    return {
      connector,
      context,
      rowsPerSecond,
      format: format && this.#formatPair({ format, options: formatOptions, declared: context.fields }),
    };
  }

  #formatPair({
    format,
    options,
    declared,
  }: {
    readonly format: Format;
    readonly options: unknown;
    readonly declared: readonly Field[];
  }): FormatPair {
    const context = (fields: readonly Field[]): Parameters<Format['createDecoder']>[0] => ({
      options: options as never,
      fields,
      declared,
      timeZone: this.#settings.zone.name,
    });
    return {
      framing: format.framing,
      createDecoder: fields => format.createDecoder(context(fields)),
      createEncoder: fields => format.createEncoder(context(fields)),
    };
  }
}

interface ReadColumns extends Pick<TableContext<never>, 'fields' | 'metadata'> {
  readonly columns: readonly TableColumn[];
  /** Names of the columns in the order in which a connector gives them. */
  readonly given: readonly string[];
}

/** @param read indices into the table's columns. */
function columnsOf(table: TableObject, read: readonly number[]): ReadColumns {
  const columns = read.map(index => table.columns[index]!);
  const fields = columns.filter(column => column.kind === 'physical').map(fieldOf);
  const metadata = columns.flatMap(column => (column.kind === 'metadata' ? [{ key: column.key, field: fieldOf(column) }] : []));
  return { columns, fields, metadata, given: [...fields, ...metadata.map(({ field }) => field)].map(({ name }) => name) };
}

function fieldOf({ name, type }: TableColumn): Field {
  return { name, type };
}

async function load<T>(action: () => Promise<T>, span: Span | undefined): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw placed(toMillraceError(thrown), span);
  }
}

function placed(error: MillraceError, span: Span | undefined): MillraceError {
  return span ? error.at(span) : error;
}

function givenOf(table: TableObject, values: ReadonlyMap<string, string>, spans?: OptionSpans): GivenOptions {
  return { owner: `table "${table.name.object}"`, values, spans };
}

const NO_OPTIONS: OptionSchema = z.object({});

/** The session's keys, the connector's, the format's, and the connector's for each physical column. */
function groupsOf(table: TableObject, connector: Connector, format: Format | undefined): OptionGroup[] {
  const { columnOptions } = connector;
  const perColumn = columnOptions
    ? table.columns
        .filter(column => column.kind === 'physical')
        .map(({ name }) => ({ schema: columnOptions.options, prefix: `${columnOptions.prefix}${name}.` }))
    : [];
  return [
    { schema: tableOptions },
    { schema: connector.options },
    { schema: format?.options ?? NO_OPTIONS, prefix: format ? `${format.name}.` : '' },
    ...perColumn,
  ];
}

function lacks(table: TableObject, connector: Connector, what: string): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `table "${table.name.object}" cannot ${what}: connector "${connector.name}" does not offer it`,
  });
}

function noLookup(table: TableObject, connector: Connector): MillraceError {
  return lacks(table, connector, 'be asked by key, as a lookup join does');
}

function checkMetadata(column: Extract<TableColumn, { kind: 'metadata' }>, connector: Connector): void {
  if (connector.metadata === 'any') return;
  const known = connector.metadata ?? {};
  const type = known[column.key];
  if (type && sameType(type, column.type)) return;
  const keys = Object.keys(known);
  const suggestion = nearest(column.key, keys);
  const hint =
    suggestion === undefined
      ? keys.length > 0
        ? `its metadata keys are ${keys.join(', ')}`
        : 'it has none'
      : `did you mean "${suggestion}"?`;
  throw new MillraceError({
    code: 'INVALID_DEFINITION',
    message: type
      ? `metadata "${column.key}" is ${formatType(type, 'ignore')}, column "${column.name}" is ${formatType(column.type, 'ignore')}`
      : `connector "${connector.name}" has no metadata "${column.key}"`,
    notes: [{ message: type ? `declare "${column.name}" as ${formatType(type, 'ignore')}` : hint }],
  });
}

/** A source gives physical columns first, then metadata; the plan reads them in declared order. */
function inReadOrder(source: Source, columns: readonly TableColumn[], given: readonly string[]): Source {
  const order = columns.map(column => given.indexOf(column.name));
  if (order.every((place, index) => place === index)) return source;
  return {
    ...source,
    listSplits: () => source.listSplits(),
    ...(source.close && { close: () => source.close!() }),
    async openReader(split, from) {
      const reader = await source.openReader(split, from);
      return {
        close: () => reader.close(),
        async read(limit) {
          const result = await reader.read(limit);
          const { batch } = result;
          return batch ? { ...result, batch: { ...batch, columns: order.map(place => batch.columns[place]!) } } : result;
        },
      };
    },
  };
}

/** As `inReadOrder`, for the rows of a lookup. */
function inLookupOrder(source: LookupSource, columns: readonly TableColumn[], given: readonly string[]): LookupSource {
  const order = columns.map(column => given.indexOf(column.name));
  if (order.every((place, index) => place === index)) return source;
  const { maxKeys, async, maxRetries } = source;
  return {
    maxKeys,
    async,
    maxRetries,
    async lookup(keys, signal) {
      const { rows, inputOf } = await source.lookup(keys, signal);
      return { rows: { ...rows, columns: order.map(place => rows.columns[place]!) }, inputOf };
    },
    close: async () => source.close?.(),
  };
}
