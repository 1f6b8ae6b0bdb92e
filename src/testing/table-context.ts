import { systemClock, type Clock } from '../common/clock.js';
import type { Connector, FormatPair, OutputStream, TableContext } from '../spec/connector.js';
import type { Field } from '../spec/data-type.js';
import type { Format } from '../spec/format.js';
import type { OpenModelFile } from '../spec/model-runtime.js';
import type { OptionSchema } from '../spec/option.js';
import { openFormat } from './format-contract.js';

export interface TestTable<Options extends OptionSchema> {
  readonly connector: Connector<Options>;
  /** Options as in the WITH clause. */
  readonly options?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly metadata?: TableContext<unknown>['metadata'];
  readonly partitionKeys?: readonly string[];
  /** Options of columns, by column and key, as in the WITH clause. */
  readonly columnOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly timeZone?: string;
  readonly clock?: Clock;
  readonly output?: OutputStream;
  readonly openModelFile?: OpenModelFile;
}

/** What a session would tell a connector about such a table. */
export function tableContext<Options extends OptionSchema>(
  table: TestTable<Options>,
): Parameters<NonNullable<Connector<Options>['createSource']>>[0] {
  const { connector, options = {}, columnOptions = {}, ...rest } = table;
  const ofColumns = connector.columnOptions?.options;
  return {
    name: 't',
    options: connector.options.parse(options),
    fields: rest.fields,
    metadata: rest.metadata ?? [],
    primaryKey: [],
    partitionKeys: rest.partitionKeys ?? [],
    columnOptions: new Map(
      ofColumns === undefined ? [] : rest.fields.map(({ name }) => [name, ofColumns.parse(columnOptions[name] ?? {})]),
    ),
    timeZone: rest.timeZone ?? 'UTC',
    clock: rest.clock ?? systemClock,
    output: rest.output ?? { write: () => undefined },
    openModelFile: rest.openModelFile ?? (() => Promise.reject(new Error('no models here'))),
  };
}

/** A format with options as in the WITH clause. */
export function formatPair<Options extends OptionSchema>(
  format: Format<Options>,
  options: Readonly<Record<string, string>> = {},
): FormatPair {
  return {
    framing: format.framing,
    createDecoder: fields => openFormat({ format, fields, options }).decoder,
    createEncoder: fields => openFormat({ format, fields, options }).encoder,
  };
}
