import { MillraceError } from '../../common/error.js';
import { execInputs, execNodes, type ExecKind, type ExecNode, type PredictExec, type SinkExec, type ValuesExec } from './exec-node.js';

/**
 * A plan without what stands in front of one of its model calls: rows go into the call, and on to the same sinks.
 *
 * Sinks that no row of the call reaches are left out, and other inputs of a UNION are empty, so that nothing but the rows of
 * the call is written.
 *
 * @param input takes the place of the call's input, with the same fields.
 * @throws {MillraceError} `UNSUPPORTED` where a node behind the call needs more than these rows for a right answer.
 */
export function cutPlan(plan: readonly SinkExec[], call: PredictExec, input: ExecNode): SinkExec[] {
  const cutting = new Cutting(plan, call, input);
  return plan.flatMap(sink => (cutting.reaches(sink) ? [cutting.sink(sink)] : []));
}

class Cutting {
  readonly #call: PredictExec;
  readonly #input: ExecNode;
  /** The call, and what reads it. */
  readonly #behind: ReadonlySet<ExecNode>;
  readonly #rebuilt = new Map<ExecNode, ExecNode>();
  #emptyCount = 0;

  constructor(plan: readonly SinkExec[], call: PredictExec, input: ExecNode) {
    this.#call = call;
    this.#input = input;
    const behind = new Set<ExecNode>([call]);
    for (const node of execNodes(plan)) if (execInputs(node).some(each => behind.has(each))) behind.add(node);
    this.#behind = behind;
  }

  reaches(node: ExecNode): boolean {
    return this.#behind.has(node);
  }

  sink(sink: SinkExec): SinkExec {
    if (sink.table === undefined) throw refusal('a SELECT', 'its rows went to whoever ran it: replay an INSERT INTO');
    if (sink.overwrite) throw refusal('INSERT OVERWRITE', 'the rows would take the place of all others');
    return { ...sink, input: this.#node(sink.input) };
  }

  #node(node: ExecNode): ExecNode {
    const known = this.#rebuilt.get(node);
    if (known) return known;
    const rebuilt = node === this.#call ? { ...this.#call, input: this.#input } : this.#rebuild(node);
    this.#rebuilt.set(node, rebuilt);
    return rebuilt;
  }

  #rebuild(node: ExecNode): ExecNode {
    switch (node.kind) {
      case 'CalcExec':
      case 'PredictExec':
      case 'UnnestExec':
        return { ...node, input: this.#node(node.input) };
      case 'WindowTableExec':
        if (node.window.kind !== 'session') return { ...node, input: this.#node(node.input) };
        break;
      case 'UnionExec':
        return { ...node, inputs: node.inputs.map(each => (this.reaches(each) ? this.#node(each) : this.#empty(each))) };
      case 'JoinExec':
        if ((node.join === 'inner' || node.join === 'left') && !this.reaches(node.right)) return { ...node, left: this.#node(node.left) };
        break;
      case 'MarkJoinExec':
      case 'TemporalJoinExec':
        if (!this.reaches(node.right)) return { ...node, left: this.#node(node.left) };
        break;
      default:
    }
    throw refusal(WORDS[node.kind] ?? 'this statement', 'it needs all rows, and a replay has those that failed');
  }

  #empty({ fields }: ExecNode): ValuesExec {
    return { kind: 'ValuesExec', id: `values-none-${++this.#emptyCount}`, rows: [], fields, changelogMode: 'insert-only' };
  }
}

/** What nodes are called that answer for more than one row. */
const WORDS: Readonly<Partial<Record<ExecKind, string>>> = {
  SetOperationExec: 'INTERSECT and EXCEPT',
  JoinExec: 'the right side of a join',
  MarkJoinExec: 'the rows of an IN or EXISTS',
  TemporalJoinExec: 'the right side of a join',
  SortExec: 'ORDER BY',
  WindowTableExec: 'a session window',
  WindowAggregateExec: 'an aggregation',
  SessionAggregateExec: 'an aggregation',
  GroupAggregateExec: 'an aggregation',
  ExpandExec: 'an aggregation',
  OverAggregateExec: 'OVER',
  LimitExec: 'LIMIT',
};

function refusal(what: string, why: string): MillraceError {
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `rows cannot be replayed through ${what}: ${why}`,
    notes: [{ message: 'write the answers of the model to a table in one statement, and go on from that table in another' }],
  });
}
