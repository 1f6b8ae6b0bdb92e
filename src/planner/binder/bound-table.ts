import type { LogicalNode } from '../logical/node.js';
import type { Scope } from './scope.js';

/** A table of FROM: its rows, and the names that expressions may use. */
export interface BoundTable {
  readonly node: LogicalNode;
  readonly scope: Scope;
}
