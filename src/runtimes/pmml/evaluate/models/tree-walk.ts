import type { TreeModel } from '../../parse/tree-model.js';
import { FALSE, TRUE } from '../predicate.js';
import { RowFailure, type Row } from '../row.js';
import type { TreeNodes } from './tree-nodes.js';

/** Where a row ends in a tree: at one node, at none, or at several with their parts of the answer. */
export interface Walk {
  /** The node; -1 where there is no prediction. */
  readonly walk: (row: Row) => number;
  /** How often an unknown predicate was passed by in the last walk. */
  readonly unknowns: () => number;
}

type Strategy = Exclude<TreeModel['missingValues'], 'weightedConfidence' | 'aggregateNodes'>;

/** Compiles the way from the root to one node. */
export function compileWalk(tree: TreeNodes, model: TreeModel & { readonly missingValues: Strategy }): Walk {
  const { defaultChild } = tree;
  const strategy = model.missingValues;
  const returnsLast = model.noTrueChild === 'returnLastPrediction';
  let unknowns = 0;
  const walk = (row: Row): number => {
    unknowns = 0;
    if (tree.test(0, row) !== TRUE) return -1;
    let node = 0;
    for (;;) {
      let child = tree.firstChild(node);
      if (child < 0) return node;
      let next = -1;
      for (; child >= 0; child = tree.nextSibling(child)) {
        const truth = tree.test(child, row);
        if (truth === TRUE) {
          next = child;
          break;
        }
        if (truth === FALSE || strategy === 'none') continue;
        if (strategy === 'nullPrediction') return -1;
        if (strategy === 'lastPrediction') return node;
        next = defaultChild[node]!;
        if (next < 0) throw new RowFailure(`a field is missing, and the node "${tree.nodes[node]!.id ?? node + 1}" has no defaultChild`);
        unknowns++;
        break;
      }
      if (next < 0) return returnsLast ? node : -1;
      node = next;
    }
  };
  return { walk, unknowns: () => unknowns };
}

/** A node that a row may have come to, with its part of all records. */
export interface Reached {
  readonly node: number;
  readonly weight: number;
  /** How many unknown predicates lead to it. */
  readonly unknowns: number;
}

/**
 * All nodes that a row may come to: below an unknown predicate, the child and its siblings that are not false.
 *
 * A node's part is that of its records among those of the siblings that are gone into.
 */
export function reachedNodes(tree: TreeNodes, row: Row, returnsLast: boolean): Reached[] {
  const reached: Reached[] = [];
  if (tree.test(0, row) !== TRUE) return reached;
  const waiting: Reached[] = [{ node: 0, weight: 1, unknowns: 0 }];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (tree.firstChild(at.node) < 0) {
      reached.push(at);
      continue;
    }
    const open = openChildren(tree, at.node, row);
    if (open.children.length === 0 && returnsLast) reached.push(at);
    const total = open.children.reduce((sum, child) => sum + recordsOf(tree, child), 0);
    for (const child of open.children.toReversed()) {
      const weight = open.isKnown ? at.weight : (at.weight * recordsOf(tree, child)) / total;
      waiting.push({ node: child, weight, unknowns: at.unknowns + Number(!open.isKnown) });
    }
  }
  return reached;
}

function openChildren(tree: TreeNodes, node: number, row: Row): { readonly children: readonly number[]; readonly isKnown: boolean } {
  const children: number[] = [];
  for (let child = tree.firstChild(node); child >= 0; child = tree.nextSibling(child)) {
    const truth = tree.test(child, row);
    if (truth === TRUE && children.length === 0) return { children: [child], isKnown: true };
    if (truth !== FALSE) children.push(child);
  }
  return { children, isKnown: false };
}

/** The records that a node had in training. */
export function recordsOf(tree: TreeNodes, node: number): number {
  const { recordCount, distributions } = tree.nodes[node]!;
  return recordCount ?? distributions.reduce((sum, each) => sum + each.recordCount, 0);
}
