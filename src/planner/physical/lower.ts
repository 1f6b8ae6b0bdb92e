import { MillraceError } from '../../common/error.js';
import type { ChangelogMode } from '../../spec/connector.js';
import type { Aggregate, Filter, LogicalNode, PlanRoot, Predict, Project, Scan, WatermarkAssigner } from '../logical/node.js';
import { columnsOf } from '../logical/project.js';
import type { Calc, ExecNode, SinkExec, SourceExec } from './exec-node.js';

/**
 * The physical plan of one job: which node runs what, with the row kinds that leave it.
 *
 * @throws {MillraceError} `CHANGELOG_MODE` where a node gets updates that it cannot take.
 */
export function lower(roots: readonly PlanRoot[]): SinkExec[] {
  const lowering = new Lowering();
  return roots.map(root => lowering.sink(root));
}

class Lowering {
  readonly #shared = new Map<number, ExecNode>();
  #nextId = 1;

  sink(root: PlanRoot): SinkExec {
    const input = this.#lower(root.input);
    return {
      kind: 'SinkExec',
      id: this.#id('sink'),
      input,
      table: root.table,
      hints: root.hints,
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
      case 'Predict':
        return this.#predict(node);
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
      case 'Limit': {
        const input = insertOnly(this.#lower(node.input), 'LIMIT');
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
    }
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
      fields: node.fields,
      changelogMode: 'insert-only',
    };
  }

  #calc(node: Project | Filter): ExecNode {
    const filter = node.kind === 'Filter' ? node : node.input.kind === 'Filter' ? node.input : undefined;
    const below = filter ? filter.input : node.input;
    const calc: Calc = { condition: filter?.condition, expressions: node.kind === 'Project' ? node.expressions : columnsOf(node) };
    const input = this.#lower(below);
    return { kind: 'CalcExec', id: this.#id('calc'), input, calc, fields: node.fields, changelogMode: input.changelogMode };
  }

  #predict(node: Predict): ExecNode {
    const input = this.#lower(node.input);
    if (input.changelogMode !== 'insert-only') {
      throw new MillraceError({
        code: 'CHANGELOG_MODE',
        message: `model "${node.call.model.name.object}" is called for rows that are updated later`,
        span: node.call.span,
        notes: [{ message: 'call the model before the aggregation, or aggregate in windows, whose rows are final' }],
      });
    }
    const { call, form, guard } = node;
    return {
      kind: 'PredictExec',
      id: this.#id('predict'),
      input,
      call,
      arguments: node.arguments,
      guard,
      form,
      fields: node.fields,
      changelogMode: 'insert-only',
    };
  }

  #aggregate(node: Aggregate): ExecNode {
    const input = insertOnly(this.#lower(node.input), 'an aggregation');
    const common = { input, keys: node.keys, aggregates: node.aggregates, fields: node.fields };
    if (node.window)
      return {
        kind: 'WindowAggregateExec',
        id: this.#id('window-aggregate'),
        ...common,
        window: node.window,
        changelogMode: 'insert-only',
      };
    return {
      kind: 'GroupAggregateExec',
      id: this.#id('group-aggregate'),
      ...common,
      changelogMode: node.aggregates.length === 0 ? 'insert-only' : 'all',
    };
  }
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
