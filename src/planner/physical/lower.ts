import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { ChangelogMode } from '../../spec/connector.js';
import { conjunction } from '../logical/conjunction.js';
import type {
  Aggregate,
  Filter,
  Join,
  LogicalNode,
  LookupJoin,
  MarkJoin,
  PlanRoot,
  Predict,
  Project,
  Scan,
  TemporalJoin,
  WatermarkAssigner,
} from '../logical/node.js';
import { columnsOf } from '../logical/project.js';
import { splitJoinCondition } from './equi-key.js';
import { fuseSession } from './fuse-session.js';
import { splitLookupCondition } from './lookup-condition.js';
import type { Calc, ExecNode, LookupJoinExec, SinkExec, SourceExec } from './exec-node.js';

/** As Flink's `execution.runtime-mode`: in `batch` all input is bounded, and only final rows leave an aggregate. */
export type RuntimeMode = 'streaming' | 'batch';

/**
 * The physical plan of one job: which node runs what, with the row kinds that leave it.
 *
 * @throws {MillraceError} `CHANGELOG_MODE` where a node gets updates that it cannot take.
 */
export function lower(roots: readonly PlanRoot[], mode: RuntimeMode = 'streaming'): SinkExec[] {
  const lowering = new Lowering(mode === 'batch' ? { what: "'execution.runtime-mode' = 'BATCH'", span: undefined } : undefined);
  return roots.map(root => lowering.sink(root));
}

class Lowering {
  readonly #shared = new Map<number, ExecNode>();
  #nextId = 1;
  /** What waits for the end of the input of the nodes that are being lowered, so that none of them need send what it takes back. */
  #waiting: ExecNode['wholeInput'];

  constructor(waiting: ExecNode['wholeInput']) {
    this.#waiting = waiting;
  }

  sink(root: PlanRoot): SinkExec {
    const { overwrite } = root;
    const input = overwrite ? this.#final(root.input, 'INSERT OVERWRITE', overwrite) : this.#lower(root.input);
    return {
      kind: 'SinkExec',
      wholeInput: overwrite ? { what: 'INSERT OVERWRITE', span: overwrite } : this.#waiting,
      id: this.#id('sink'),
      input,
      table: root.table,
      hints: root.hints,
      overwrite: overwrite !== undefined,
      fields: root.fields,
      changelogMode: input.changelogMode,
    };
  }

  #id(noun: string): string {
    return `${noun}-${this.#nextId++}`;
  }

  #lower(node: LogicalNode): ExecNode {
    const { fields } = node;
    switch (node.kind) {
      case 'Scan':
      case 'WatermarkAssigner':
        return this.#source(node);
      case 'Values':
        return { kind: 'ValuesExec', id: this.#id('values'), rows: node.rows, fields, changelogMode: 'insert-only' };
      case 'Project':
      case 'Filter':
        return this.#calc(node);
      case 'Union': {
        const inputs = node.inputs.map(input => this.#lower(input));
        return { kind: 'UnionExec', id: this.#id('union'), inputs, fields, changelogMode: widest(inputs) };
      }
      case 'SetOperation':
        return {
          kind: 'SetOperationExec',
          id: this.#id('set-operation'),
          left: this.#final(node.left, node.operator, node.span),
          right: this.#final(node.right, node.operator, node.span),
          operator: node.operator,
          all: node.all,
          wholeInput: { what: node.operator, span: node.span },
          fields,
          changelogMode: 'insert-only',
        };
      case 'Join':
        return this.#join(node);
      case 'MarkJoin':
        return this.#markJoin(node);
      case 'TemporalJoin':
        return this.#temporalJoin(node);
      case 'Unnest': {
        const { collection, ordinality, outer } = node;
        const input = this.#lower(node.input);
        const { changelogMode } = input;
        return { kind: 'UnnestExec', id: this.#id('unnest'), input, collection, ordinality, outer, fields, changelogMode };
      }
      case 'Sort': {
        const { keys, partition, count, offset, span } = node;
        const what = keys.length > 0 ? 'ORDER BY' : 'LIMIT in a subquery';
        const input = this.#final(node.input, what, span);
        const order = { keys, partition, count, offset, wholeInput: { what, span } };
        return { kind: 'SortExec', id: this.#id('sort'), input, ...order, fields, changelogMode: 'insert-only' };
      }
      case 'Predict':
        return this.#predict(node);
      case 'VectorSearch': {
        const { query, vectors, topK, config, configSpans, outer, span } = node;
        const left = this.#final(node.left, 'VECTOR_SEARCH for rows that are updated later', span);
        const own = { left, right: this.#lower(node.right), query, vectors, topK, config, configSpans, outer, span };
        return { kind: 'VectorSearchExec', id: this.#id('vector-search'), ...own, fields, changelogMode: 'insert-only' };
      }
      case 'LookupJoin':
        return this.#lookupJoin(node);
      case 'WindowTable': {
        const input = insertOnly(this.#lower(node.input), 'a window');
        return {
          kind: 'WindowTableExec',
          id: this.#id('window'),
          input,
          time: node.time,
          timeAttribute: node.timeAttribute,
          window: node.window,
          fields,
          changelogMode: 'insert-only',
        };
      }
      case 'Aggregate':
        return this.#aggregate(node);
      case 'Expand': {
        const input = this.#lower(node.input);
        return { kind: 'ExpandExec', id: this.#id('expand'), input, absent: node.absent, fields, changelogMode: input.changelogMode };
      }
      case 'OverAggregate': {
        const { partition, keys, calls, limit, span } = node;
        const what = 'OVER';
        const input = this.#final(node.input, what, span);
        const window = { partition, keys, calls, limit, wholeInput: { what, span } };
        return { kind: 'OverAggregateExec', id: this.#id('over'), input, ...window, fields, changelogMode: 'insert-only' };
      }
      case 'Limit': {
        const input = this.#final(node.input, 'LIMIT over rows that are updated later', undefined);
        return {
          kind: 'LimitExec',
          id: this.#id('limit'),
          input,
          count: node.count,
          offset: node.offset,
          fields,
          changelogMode: 'insert-only',
        };
      }
      case 'Shared': {
        const known = this.#shared.get(node.id) ?? this.#lower(node.input);
        this.#shared.set(node.id, known);
        return known;
      }
      case 'Correlate':
        throw new MillraceError({ code: 'INTERNAL', message: 'a Correlate node reached the physical plan' });
    }
  }

  /** The rows of a plan as they are in the end; `what` needs them so. */
  #final(node: LogicalNode, what: string, span: Span | undefined): ExecNode {
    const outer = this.#waiting;
    this.#waiting = { what, span };
    const input = this.#lower(node);
    this.#waiting = outer;
    if (input.changelogMode === 'insert-only') return input;
    const { fields } = input;
    return {
      kind: 'MaterializeExec',
      id: this.#id('materialize'),
      input,
      wholeInput: { what, span },
      fields,
      changelogMode: 'insert-only',
    };
  }

  #join(node: Join): ExecNode {
    const { join, atMostOne, span, fields } = node;
    const what = atMostOne ? 'a subquery as a value' : join === 'inner' ? 'a join' : `${join.toUpperCase()} JOIN`;
    const left = this.#final(node.left, what, span);
    const right = this.#final(node.right, what, span);
    const condition = splitJoinCondition(node.condition, left.fields.length);
    const common = { left, right, condition, wholeInput: { what, span }, fields } as const;
    return { kind: 'JoinExec', id: this.#id('join'), join, atMostOne, ...common, changelogMode: 'insert-only' };
  }

  #temporalJoin(node: TemporalJoin): ExecNode {
    const { join, leftTime, rightTime, span, fields } = node;
    const what = 'FOR SYSTEM_TIME AS OF';
    const left = this.#final(node.left, what, span);
    const right = this.#final(node.right, what, span);
    const { keys, rest } = splitJoinCondition(node.keys, left.fields.length);
    const condition = { keys, rest: conjunction([rest, node.condition].filter(each => each !== undefined)) };
    const common = { left, right, leftTime, rightTime, condition, wholeInput: { what, span }, fields } as const;
    return { kind: 'TemporalJoinExec', id: this.#id('temporal-join'), join, ...common, changelogMode: 'insert-only' };
  }

  #lookupJoin(node: LookupJoin): ExecNode {
    const { join, span, fields } = node;
    const input = this.#final(node.left, 'a lookup join for rows that are updated later', span);
    const asked = lookedUp(node.right);
    const condition = splitLookupCondition(node.condition, input.fields.length, field => {
      const stored = asked.calc?.expressions[field] ?? { kind: 'column', index: field };
      return stored.kind === 'column' && asked.table.columns[asked.columns[stored.index]!]!.kind === 'physical' ? stored.index : undefined;
    });
    const own = { input, join, ...asked, condition, hint: node.hint, span };
    return { kind: 'LookupJoinExec', id: this.#id('lookup-join'), ...own, fields, changelogMode: 'insert-only' };
  }

  /** IN with NULLs finds its rows by key too, as long as it compares one column and nothing else decides. */
  #markJoin(node: MarkJoin): ExecNode {
    const { tests, span, fields } = node;
    const what = tests.length > 0 ? 'IN with a subquery' : 'EXISTS';
    const left = this.#final(node.left, what, span);
    const right = this.#final(node.right, what, span);
    const width = left.fields.length;
    const isDecided = tests.every(test => !test.type.nullable);
    const asKey = !node.condition && tests.length === 1 ? splitJoinCondition(tests[0], width) : undefined;
    const isNullAware = !isDecided && asKey?.rest === undefined && asKey?.keys.length === 1;
    const inCondition = isDecided || isNullAware ? tests : [];
    return {
      kind: 'MarkJoinExec',
      id: this.#id('mark-join'),
      left,
      right,
      condition: splitJoinCondition(conjunction([...(node.condition ? [node.condition] : []), ...inCondition]), width),
      test: inCondition.length > 0 ? undefined : conjunction(tests),
      isNullAware,
      wholeInput: { what, span },
      fields,
      changelogMode: 'insert-only',
    };
  }

  /** Scan, computed columns and watermark are one node. */
  #source(node: Scan | WatermarkAssigner): SourceExec {
    const below = node.kind === 'WatermarkAssigner' ? node.input : node;
    const scan = below.kind === 'Project' ? below.input : below;
    if (scan.kind !== 'Scan') throw new MillraceError({ code: 'INTERNAL', message: `a watermark stands over ${scan.kind}` });
    return {
      kind: 'SourceExec',
      id: this.#id('source'),
      table: scan.table,
      columns: scan.columns,
      hints: scan.hints,
      calc: below.kind === 'Project' ? { condition: undefined, expressions: below.expressions } : undefined,
      watermark: node.kind === 'WatermarkAssigner' ? { column: node.column, expression: node.expression } : undefined,
      readFields: node.fields,
      output: undefined,
      fields: node.fields,
      changelogMode: 'insert-only',
    };
  }

  /** A filter and a projection; over a source that nobody else reads they are part of it. */
  #calc(node: Project | Filter): ExecNode {
    const filter = node.kind === 'Filter' ? node : node.input.kind === 'Filter' ? node.input : undefined;
    const below = filter ? filter.input : node.input;
    const calc: Calc = { condition: filter?.condition, expressions: node.kind === 'Project' ? node.expressions : columnsOf(node) };
    const { fields } = node;
    const input = this.#lower(below);
    if (input.kind === 'SourceExec' && below.kind !== 'Shared' && !input.output) {
      if (input.calc || input.watermark) return { ...input, output: calc, fields };
      return { ...input, calc, readFields: fields, fields };
    }
    return { kind: 'CalcExec', id: this.#id('calc'), input, calc, fields, changelogMode: input.changelogMode };
  }

  #predict(node: Predict): ExecNode {
    const input = this.#final(node.input, 'a model call for rows that are updated later', node.call.span);
    const { call, form, guard } = node;
    return {
      kind: 'PredictExec',
      id: this.#id('predict'),
      input,
      call,
      arguments: node.arguments,
      guard,
      form,
      keepsRows: node.keepsRows ?? false,
      fields: node.fields,
      changelogMode: 'insert-only',
    };
  }

  #aggregate(node: Aggregate): ExecNode {
    const session = fuseSession(node);
    if (session) {
      const input = insertOnly(this.#lower(session.input), 'a window');
      return {
        ...session,
        kind: 'SessionAggregateExec',
        id: this.#id('session-aggregate'),
        input,
        fields: node.fields,
        changelogMode: 'insert-only',
      };
    }
    const { wholeInput } = node;
    const input = this.#final(node.input, wholeInput?.what ?? 'an aggregation over rows that are updated later', wholeInput?.span);
    const common = { input, keys: node.keys, aggregates: node.aggregates, fields: node.fields };
    if (node.window)
      return {
        kind: 'WindowAggregateExec',
        id: this.#id('window-aggregate'),
        ...common,
        window: node.window,
        changelogMode: 'insert-only',
      };
    // A group without aggregates never changes.
    const waiting = wholeInput ?? this.#waiting;
    const isFinal = waiting !== undefined && node.aggregates.length > 0;
    return {
      kind: 'GroupAggregateExec',
      id: this.#id('group-aggregate'),
      ...common,
      emit: isFinal ? 'final' : 'changes',
      wholeInput: isFinal ? waiting : undefined,
      changelogMode: isFinal || node.aggregates.length === 0 ? 'insert-only' : 'all',
    };
  }
}

/** The table of a lookup join. Another place may read the same table as a whole, so it can be a shared part. */
function lookedUp(node: LogicalNode): Pick<LookupJoinExec, 'table' | 'columns' | 'hints' | 'calc'> {
  if (node.kind === 'Shared') return lookedUp(node.input);
  const scan = node.kind === 'Project' ? node.input : node;
  if (scan.kind !== 'Scan') throw new MillraceError({ code: 'INTERNAL', message: `a lookup join asks ${scan.kind}` });
  const calc = node.kind === 'Project' ? { condition: undefined, expressions: node.expressions } : undefined;
  return { table: scan.table, columns: scan.columns, hints: scan.hints, calc };
}

function insertOnly(input: ExecNode, what: string): ExecNode {
  if (input.changelogMode === 'insert-only') return input;
  throw new MillraceError({
    code: 'CHANGELOG_MODE',
    message: `${what} over rows that are updated later is not run by the embedded engine`,
  });
}

function widest(inputs: readonly ExecNode[]): ChangelogMode {
  const modes = inputs.map(input => input.changelogMode);
  return modes.includes('all') ? 'all' : modes.includes('upsert') ? 'upsert' : 'insert-only';
}
