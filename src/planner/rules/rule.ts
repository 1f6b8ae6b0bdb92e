import type { LogicalNode } from '../logical/node.js';

/**
 * A rewrite of a plan that keeps its rows: same fields, same types, same order, and changes of rows that come to the same
 * in the end.
 */
export interface Rule {
  /** A verb and its object, as the file is named. */
  readonly name: string;
  /** The part of a plan below one sink or shared part. `Shared` nodes in it are leaves: their inputs are rewritten by themselves. */
  apply(plan: LogicalNode): LogicalNode;
}
