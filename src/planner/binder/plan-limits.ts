import { MillraceError, toMillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { DataType } from '../../spec/data-type.js';
import type { Query, QueryBody } from '../../sql/ast/query.js';
import { inputsOf, type LogicalNode } from '../logical/node.js';

/** Queries within queries, those of views and common tables included. */
const MAX_DEPTH = 200;
/** SELECTs that one statement comes to: a common table that is named twice is there twice, and so is what it names. */
const MAX_BODIES = 10_000;
/** Columns of one query; a ROW counts with its fields. */
export const MAX_COLUMNS = 4_096;
/** Levels of a plan. */
const MAX_HEIGHT = 1_500;

/**
 * How large one statement may become. Views and common tables stand for their queries, so a few lines can mean a plan that
 * nobody can wait for, or that is too deep to be walked.
 */
export class PlanLimits {
  readonly #heights = new WeakMap<LogicalNode, number>();
  #depth = 0;
  #bodies = 0;

  /** Binds a query. @throws {MillraceError} `TOO_COMPLEX` at the query. */
  query(query: Query, bind: () => LogicalNode): LogicalNode {
    const { span } = query;
    this.#bodies += countBodies(query.body);
    if (this.#bodies > MAX_BODIES)
      throw tooComplex(`with its views and common tables the statement comes to more than ${MAX_BODIES} queries`, span);
    if (++this.#depth > MAX_DEPTH) throw tooComplex(`views and common tables nest more than ${MAX_DEPTH} levels deep`, span);
    const plan = bind();
    this.#depth--;
    checkColumns(plan, span);
    if (this.#heightOf(plan) > MAX_HEIGHT) throw tooComplex(`the plan is more than ${MAX_HEIGHT} levels deep`, span);
    return plan;
  }

  #heightOf(node: LogicalNode): number {
    const known = this.#heights.get(node);
    if (known !== undefined) return known;
    const height = 1 + Math.max(0, ...inputsOf(node).map(input => this.#heightOf(input)));
    this.#heights.set(node, height);
    return height;
  }
}

/** What went wrong while a statement was planned. What is too deep for the stack of this thread is too complex, not a defect. */
export function toPlanningError(thrown: unknown): MillraceError {
  const isTooDeep = thrown instanceof RangeError && thrown.message.includes('call stack');
  return isTooDeep ? tooComplex('the statement nests too deeply to be planned', undefined) : toMillraceError(thrown);
}

function tooComplex(message: string, span: Span | undefined): MillraceError {
  return new MillraceError({
    code: 'TOO_COMPLEX',
    message,
    ...(span && { span }),
    notes: [{ message: 'write an intermediate result to a table, or put fewer views on top of each other' }],
  });
}

/** SELECTs and VALUES of a query, without those in its subqueries. */
function countBodies(body: QueryBody): number {
  let count = 0;
  for (const open = [body]; open.length > 0;) {
    const next = open.pop()!;
    if (next.kind === 'set-operation') open.push(next.left, next.right);
    else count++;
  }
  return count;
}

function checkColumns({ fields }: LogicalNode, span: Span): void {
  let left = MAX_COLUMNS;
  // A ROW made of equal ROWs is one object many times over, so the count stops at the limit.
  const count = (type: DataType): void => {
    if (--left < 0) throw tooComplex(`the query has more than ${MAX_COLUMNS} columns, fields of ROWs included`, span);
    if (type.kind === 'ROW') for (const field of type.fields) count(field.type);
    else if (type.kind === 'ARRAY' || type.kind === 'MULTISET') count(type.element);
    else if (type.kind === 'MAP') {
      count(type.key);
      count(type.value);
    }
  };
  for (const { type } of fields) count(type);
}
