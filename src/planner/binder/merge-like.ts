import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { ColumnDefinition, CreateTable, LikeClause } from '../../sql/ast/ddl.js';
import type { OptionPair } from '../../sql/ast/identifier.js';

type LikeOption = LikeClause['options'][number];
type Feature = Exclude<LikeOption['feature'], 'ALL'>;
type Merge = LikeOption['merge'];
type Strategies = Readonly<Record<Feature, Merge>>;

/** Flink's: everything comes along, and options that are written win. */
const DEFAULT: Strategies = {
  CONSTRAINTS: 'INCLUDING',
  DISTRIBUTION: 'INCLUDING',
  GENERATED: 'INCLUDING',
  METADATA: 'INCLUDING',
  OPTIONS: 'OVERWRITING',
  PARTITIONS: 'INCLUDING',
  WATERMARKS: 'INCLUDING',
};
/** Of these a table has one or none, so nothing can be laid over another. */
const NOT_OVERWRITTEN: ReadonlySet<string> = new Set(['ALL', 'CONSTRAINTS', 'DISTRIBUTION', 'PARTITIONS']);
const FEATURE_OF: Readonly<Record<ColumnDefinition['kind'], Feature | undefined>> = {
  'physical-column': undefined,
  'metadata-column': 'METADATA',
  'computed-column': 'GENERATED',
};

export interface LikeMerge {
  /** The definition of the table that LIKE names, with its places at the clause. */
  readonly source: CreateTable;
  /** Which option a key means in any of its spellings. */
  readonly keyOf: (written: string) => string;
}

/**
 * The definition that CREATE TABLE … LIKE means, by Flink's rules of merging: columns of the source first, then those
 * that are written. The comment of the source does not come along.
 *
 * @throws {MillraceError} `INVALID_DEFINITION` where the two do not go together, at what is written.
 */
export function mergeLike(written: CreateTable, like: LikeClause, { source, keyOf }: LikeMerge): CreateTable {
  const node = withKeyApart(written);
  const merge = strategiesOf(like);
  return {
    ...node,
    columns: mergeColumns(source.columns, node.columns, merge),
    watermark: mergeOne('WATERMARKS', merge, source.watermark, node.watermark, 'a watermark'),
    primaryKey: mergeOne('CONSTRAINTS', merge, source.primaryKey, node.primaryKey, 'a primary key'),
    partitionedBy: mergePartitions(source, node, merge),
    options: mergeOptions(source.options, node.options, { merge: merge.OPTIONS, keyOf }),
    like: undefined,
  };
}

function strategiesOf({ options }: LikeClause): Strategies {
  const repeated = options.find(({ feature }, i) => options.findIndex(other => other.feature === feature) < i);
  if (repeated) throw invalid(`${repeated.feature} is given twice`, repeated.span, 'remove one of them');
  const wrong = options.find(({ merge, feature }) => merge === 'OVERWRITING' && NOT_OVERWRITTEN.has(feature));
  if (wrong) throw invalid(`${wrong.feature} cannot be overwritten`, wrong.span, `write INCLUDING or EXCLUDING ${wrong.feature}`);
  const all = options.find(({ feature }) => feature === 'ALL')?.merge;
  const base = all === undefined ? DEFAULT : Object.fromEntries(Object.keys(DEFAULT).map(feature => [feature, all]));
  return {
    ...base,
    ...Object.fromEntries(options.filter(({ feature }) => feature !== 'ALL').map(({ feature, merge }) => [feature, merge])),
  } as Strategies;
}

function mergeColumns(source: readonly ColumnDefinition[], own: readonly ColumnDefinition[], merge: Strategies): ColumnDefinition[] {
  const columns = source.filter(({ kind }) => {
    const feature = FEATURE_OF[kind];
    return feature === undefined || merge[feature] !== 'EXCLUDING';
  });
  for (const column of own) {
    const at = columns.findIndex(({ name }) => name.name === column.name.name && source.some(each => each.name.name === name.name));
    if (at < 0) columns.push(column);
    else {
      const feature = FEATURE_OF[column.kind];
      if (feature === undefined || columns[at]!.kind !== column.kind || merge[feature] !== 'OVERWRITING') throw taken(column, columns[at]!);
      columns[at] = column;
    }
  }
  return columns;
}

function taken({ name, kind }: ColumnDefinition, of: ColumnDefinition): MillraceError {
  const feature = FEATURE_OF[of.kind];
  const exclude =
    feature === undefined
      ? 'choose another name'
      : `write LIKE … (EXCLUDING ${feature})${of.kind === kind ? ` or (OVERWRITING ${feature})` : ''}`;
  return invalid(`the table after LIKE has a column "${name.name}" already`, name.span, exclude);
}

/** What a table has once. */
function mergeOne<T extends { readonly span: Span }>(
  feature: 'WATERMARKS' | 'CONSTRAINTS',
  merge: Strategies,
  source: T | undefined,
  own: T | undefined,
  noun: string,
): T | undefined {
  if (merge[feature] === 'EXCLUDING' || source === undefined) return own;
  if (own === undefined) return source;
  if (merge[feature] === 'OVERWRITING') return own;
  const overwriting = NOT_OVERWRITTEN.has(feature) ? '' : ` or (OVERWRITING ${feature})`;
  throw invalid(`the table after LIKE has ${noun} already`, own.span, `write LIKE … (EXCLUDING ${feature})${overwriting}`);
}

/** The same definition with the primary key as a constraint, where it stands on a column. */
function withKeyApart(node: CreateTable): CreateTable {
  const onColumn = node.columns.find(column => column.kind === 'physical-column' && column.primaryKey);
  if (onColumn?.kind !== 'physical-column' || node.primaryKey) return node;
  const primaryKey = { name: undefined, columns: [onColumn.name], span: onColumn.primaryKey! };
  return {
    ...node,
    primaryKey,
    columns: node.columns.map(column => (column === onColumn ? { ...onColumn, primaryKey: undefined } : column)),
  };
}

function mergePartitions(source: CreateTable, own: CreateTable, merge: Strategies): CreateTable['partitionedBy'] {
  if (merge.PARTITIONS === 'EXCLUDING' || source.partitionedBy.length === 0) return own.partitionedBy;
  if (own.partitionedBy.length === 0) return source.partitionedBy;
  throw invalid('the table after LIKE has partitions already', own.partitionedBy[0]!.span, 'write LIKE … (EXCLUDING PARTITIONS)');
}

function mergeOptions(
  source: readonly OptionPair[],
  own: readonly OptionPair[],
  { merge, keyOf }: { readonly merge: Merge; readonly keyOf: (written: string) => string },
): OptionPair[] {
  if (merge === 'EXCLUDING') return [...own];
  const keys = new Set(own.map(({ key }) => keyOf(key)));
  const repeated = merge === 'INCLUDING' ? own.find(({ key }) => source.some(each => keyOf(each.key) === keyOf(key))) : undefined;
  if (repeated)
    throw invalid(
      `the table after LIKE has the option "${repeated.key}" already`,
      repeated.keySpan,
      'write LIKE … (EXCLUDING OPTIONS) or (OVERWRITING OPTIONS)',
    );
  return [...source.filter(({ key }) => !keys.has(keyOf(key))), ...own];
}

function invalid(message: string, span: Span, note: string): MillraceError {
  return new MillraceError({ code: 'INVALID_DEFINITION', message, span, notes: [{ message: note }] });
}
