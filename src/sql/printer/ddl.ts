import type {
  Alter,
  AlterAction,
  ColumnDefinition,
  ColumnPlace,
  CreateFunction,
  CreateModel,
  CreateNamespace,
  CreateTable,
  CreateView,
  Distribution,
  Drop,
  FunctionClass,
  LikeClause,
  ModelColumn,
  Partition,
  PrimaryKeyDefinition,
  WatermarkDefinition,
} from '../ast/ddl.js';
import type { OptionPair } from '../ast/identifier.js';
import { newLine, printBlock, type Layout } from './layout.js';
import { printColumnList, printIdentifier, printObjectName, printString } from './name.js';
import { printType } from './type.js';

/** Words and texts with a space between them, without the ones that are missing. */
function join(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter(part => part !== false && part !== undefined).join(' ');
}

/** Lines without the ones that are missing. */
function lines(layout: Layout, ...parts: readonly (string | false | undefined)[]): string {
  return parts.filter(part => part !== false && part !== undefined).join(newLine(layout));
}

/** `WITH (…)`, one option on each line. */
function printWithOptions(options: readonly OptionPair[], layout: Layout): string | undefined {
  return options.length === 0 ? undefined : `WITH ${printBlock(options.map(printOption), layout)}`;
}

/** `'key' = 'value'`. */
export function printOption({ key, value }: Pick<OptionPair, 'key' | 'value'>): string {
  return `${printString(key)} = ${printString(value)}`;
}

function printComment(comment: string | undefined): string | undefined {
  return comment === undefined ? undefined : `COMMENT ${printString(comment)}`;
}

interface Elements {
  readonly columns: readonly ColumnDefinition[];
  readonly places?: readonly (ColumnPlace | undefined)[];
  readonly watermark: WatermarkDefinition | undefined;
  readonly primaryKey: PrimaryKeyDefinition | undefined;
}

function printElements({ columns, places = [], watermark, primaryKey }: Elements, layout: Layout): string[] {
  return [
    ...columns.map((column, i) => join(printColumn(column, layout), printPlace(places[i]))),
    ...(watermark === undefined
      ? []
      : [`WATERMARK FOR ${watermark.column.map(printIdentifier).join('.')} AS ${layout.expression(watermark.expression, layout)}`]),
    ...(primaryKey === undefined
      ? []
      : [
          join(
            primaryKey.name && `CONSTRAINT ${printIdentifier(primaryKey.name)}`,
            `PRIMARY KEY ${printColumnList(primaryKey.columns)} NOT ENFORCED`,
          ),
        ]),
  ];
}

function printPlace(place: ColumnPlace | undefined): string | undefined {
  if (place === undefined) return undefined;
  return place.kind === 'first' ? 'FIRST' : `AFTER ${printIdentifier(place.column)}`;
}

function printColumn(column: ColumnDefinition, layout: Layout): string {
  const name = printIdentifier(column.name);
  const comment = printComment(column.comment);
  switch (column.kind) {
    case 'physical-column':
      return join(name, printType(column.type), column.primaryKey && 'PRIMARY KEY NOT ENFORCED', comment);
    case 'metadata-column':
      return join(
        name,
        printType(column.type),
        'METADATA',
        column.from && `FROM ${printString(column.from.key)}`,
        column.virtual && 'VIRTUAL',
        comment,
      );
    case 'computed-column':
      return join(name, 'AS', layout.expression(column.expression, layout), comment);
  }
}

export function printCreateTable(table: CreateTable, layout: Layout): string {
  const elements = table.columnNames.length > 0 ? table.columnNames.map(printIdentifier) : printElements(table, layout);
  const head = join(
    'CREATE',
    table.orReplace && 'OR REPLACE',
    table.temporary && 'TEMPORARY',
    'TABLE',
    table.ifNotExists && 'IF NOT EXISTS',
    printObjectName(table.name),
  );
  return lines(
    layout,
    elements.length === 0 ? head : `${head} ${printBlock(elements, layout)}`,
    printComment(table.comment),
    table.distribution && printDistribution(table.distribution),
    table.partitionedBy.length > 0 && `PARTITIONED BY ${printColumnList(table.partitionedBy)}`,
    printWithOptions(table.options, layout),
    table.like && printLike(table.like),
    table.query && `AS${newLine(layout)}${layout.query(table.query, layout)}`,
  );
}

function printDistribution({ algorithm, columns, buckets }: Distribution): string {
  return join(
    'DISTRIBUTED',
    columns.length > 0 && join('BY', algorithm, printColumnList(columns)),
    buckets !== undefined && `INTO ${buckets} BUCKETS`,
  );
}

function printLike({ source, options }: LikeClause): string {
  const like = `LIKE ${printObjectName(source)}`;
  return options.length === 0 ? like : `${like} (${options.map(({ merge, feature }) => `${merge} ${feature}`).join(' ')})`;
}

export function printCreateView(view: CreateView, layout: Layout): string {
  const head = join(
    'CREATE',
    view.temporary && 'TEMPORARY',
    'VIEW',
    view.ifNotExists && 'IF NOT EXISTS',
    printObjectName(view.name),
    view.columns.length > 0 && printColumnList(view.columns),
  );
  return lines(layout, head, printComment(view.comment), 'AS', layout.query(view.query, layout));
}

export function printCreateModel(model: CreateModel, layout: Layout): string {
  return lines(
    layout,
    join(
      'CREATE',
      model.orReplace && 'OR REPLACE',
      model.temporary && 'TEMPORARY',
      'MODEL',
      model.ifNotExists && 'IF NOT EXISTS',
      printObjectName(model.name),
    ),
    model.input && `INPUT (${model.input.map(printModelColumn).join(', ')})`,
    model.output && `OUTPUT (${model.output.map(printModelColumn).join(', ')})`,
    printComment(model.comment),
    printWithOptions(model.options, layout),
    model.query && `AS${newLine(layout)}${layout.query(model.query, layout)}`,
  );
}

function printModelColumn({ name, type, metadata, comment }: ModelColumn): string {
  return join(printIdentifier(name), printType(type), metadata && `METADATA FROM ${printString(metadata.key)}`, printComment(comment));
}

export function printCreateFunction(call: CreateFunction, layout: Layout): string {
  const head = join(
    'CREATE',
    call.temporary && 'TEMPORARY',
    call.system && 'SYSTEM',
    'FUNCTION',
    call.ifNotExists && 'IF NOT EXISTS',
    printObjectName(call.name),
    printFunctionClass(call.definition),
  );
  return lines(layout, head, printWithOptions(call.options, layout));
}

function printFunctionClass({ className, language, jars }: FunctionClass): string {
  return join(
    `AS ${printString(className)}`,
    language !== undefined && `LANGUAGE ${language}`,
    jars.length > 0 && `USING ${jars.map(jar => `JAR ${printString(jar)}`).join(', ')}`,
  );
}

export function printCreateNamespace(namespace: CreateNamespace, layout: Layout): string {
  const head = join('CREATE', namespace.object, namespace.ifNotExists && 'IF NOT EXISTS', printObjectName(namespace.name));
  return lines(layout, head, printComment(namespace.comment), printWithOptions(namespace.options, layout));
}

export function printDrop(drop: Drop): string {
  return join(
    'DROP',
    drop.temporary && 'TEMPORARY',
    drop.system && 'SYSTEM',
    drop.object,
    drop.ifExists && 'IF EXISTS',
    printObjectName(drop.name),
    drop.behavior,
  );
}

export function printAlter(alter: Alter, layout: Layout): string {
  return join('ALTER', alter.object, alter.ifExists && 'IF EXISTS', printObjectName(alter.name), printAction(alter.action, layout));
}

function printPartition({ values, options }: Partition, layout: Layout): string {
  const pairs = values.map(({ column, value }) => `${printIdentifier(column)} = ${layout.expression(value, layout)}`);
  return join(`PARTITION (${pairs.join(', ')})`, printWithOptions(options, layout));
}

function printAction(action: AlterAction, layout: Layout): string {
  switch (action.kind) {
    case 'set':
      return action.options.length === 0 ? 'SET ()' : `SET ${printBlock(action.options.map(printOption), layout)}`;
    case 'reset':
      return `RESET (${action.keys.map(({ key }) => printString(key)).join(', ')})`;
    case 'comment':
      return `COMMENT ${printString(action.comment)}`;
    case 'rename':
      return `RENAME TO ${printObjectName(action.to)}`;
    case 'rename-column':
      return `RENAME ${printIdentifier(action.from)} TO ${printIdentifier(action.to)}`;
    case 'add-columns':
      return `ADD ${printBlock(printElements(action, layout), layout)}`;
    case 'modify-columns':
      return `MODIFY ${printBlock(printElements(action, layout), layout)}`;
    case 'drop-columns':
      return `DROP ${printColumnList(action.columns)}`;
    case 'drop-primary-key':
      return 'DROP PRIMARY KEY';
    case 'drop-watermark':
      return 'DROP WATERMARK';
    case 'drop-constraint':
      return `DROP CONSTRAINT ${printIdentifier(action.name)}`;
    case 'add-partitions':
      return join('ADD', action.ifExists && 'IF NOT EXISTS', ...action.partitions.map(each => printPartition(each, layout)));
    case 'drop-partitions':
      return join('DROP', action.ifExists && 'IF EXISTS', action.partitions.map(each => printPartition(each, layout)).join(', '));
    case 'function':
      return printFunctionClass(action.definition);
    case 'as':
      return `AS${newLine(layout)}${layout.query(action.query, layout)}`;
  }
}
