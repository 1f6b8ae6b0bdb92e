import type { Predicate } from '../../parse/predicate.js';
import type { TreeNode } from '../../parse/tree-model.js';
import { refuseLine } from '../compilation.js';
import { compilePredicate, constantFor, FALSE, TRUE, UNKNOWN, type Test, type Truth } from '../predicate.js';
import type { Evaluate, Row } from '../row.js';
import type { Scope } from '../scope.js';

/** How a node is tested: a comparison with a number is the usual case and needs no call. */
const ALWAYS = 0;
const LESS = 1;
const LESS_OR_EQUAL = 2;
const GREATER = 3;
const GREATER_OR_EQUAL = 4;
const CALL = 5;

const CODES: Readonly<Partial<Record<string, number>>> = {
  lessThan: LESS,
  lessOrEqual: LESS_OR_EQUAL,
  greaterThan: GREATER,
  greaterOrEqual: GREATER_OR_EQUAL,
};

/**
 * A tree as arrays, nodes in document order: 0 is the root, and a node's first child stands right behind it.
 *
 * A child is -1 where there is none.
 */
export class TreeNodes {
  readonly nodes: readonly TreeNode[];
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly defaultChild: Int32Array;
  readonly #kinds: Uint8Array;
  /** The slot of the field, or where its evaluation stands when it is not in a slot: -1 is the first. */
  readonly #fields: Int32Array;
  readonly #constants: Float64Array;
  readonly #evaluations: Evaluate[] = [];
  readonly #tests: Test[] = [];

  constructor(root: TreeNode, scope: Scope) {
    const nodes: TreeNode[] = [];
    const parents: number[] = [];
    const visit = (node: TreeNode, parent: number): void => {
      const at = nodes.push(node) - 1;
      parents.push(parent);
      for (const child of node.nodes) visit(child, at);
    };
    visit(root, -1);
    this.nodes = nodes;
    const count = nodes.length;
    this.firstChild = new Int32Array(count).fill(-1);
    this.nextSibling = new Int32Array(count).fill(-1);
    this.defaultChild = new Int32Array(count).fill(-1);
    this.#kinds = new Uint8Array(count);
    this.#fields = new Int32Array(count);
    this.#constants = new Float64Array(count);
    const lastChild = new Int32Array(count).fill(-1);
    const places = new Map<string, number>();
    for (const [at, node] of nodes.entries()) {
      const parent = parents[at]!;
      if (parent >= 0) {
        if (lastChild[parent]! >= 0) this.nextSibling[lastChild[parent]!] = at;
        else this.firstChild[parent] = at;
        lastChild[parent] = at;
        const { defaultChild } = nodes[parent]!;
        if (defaultChild !== undefined && defaultChild === (node.id ?? String(at + 1))) this.defaultChild[parent] = at;
      }
      this.#compile(at, node.predicate, scope, places);
    }
    for (const [at, node] of nodes.entries()) {
      if (node.defaultChild !== undefined && node.nodes.length > 0 && this.defaultChild[at]! < 0) {
        refuseLine(node.line, `the defaultChild "${node.defaultChild}" is not a child of its node`);
      }
    }
  }

  #compile(at: number, predicate: Predicate, scope: Scope, places: Map<string, number>): void {
    if (predicate.kind === 'true') return;
    const code = predicate.kind === 'compare' ? CODES[predicate.operator] : undefined;
    if (predicate.kind === 'compare' && code !== undefined) {
      const field = scope.field(predicate.field);
      const constant = constantFor(field, predicate.value);
      if (typeof constant === 'number' && field.opType === 'continuous') {
        this.#kinds[at] = code;
        this.#constants[at] = constant;
        let place = field.slot ?? places.get(predicate.field);
        if (place === undefined) {
          place = -this.#evaluations.push(field.evaluate);
          places.set(predicate.field, place);
        }
        this.#fields[at] = place;
        return;
      }
    }
    this.#kinds[at] = CALL;
    this.#fields[at] = this.#tests.push(compilePredicate(predicate, scope)) - 1;
  }

  /** What the node's predicate says of the row. */
  test(at: number, row: Row): Truth {
    const kind = this.#kinds[at]!;
    if (kind === ALWAYS) return TRUE;
    const field = this.#fields[at]!;
    if (kind === CALL) return this.#tests[field]!(row);
    const value = (field >= 0 ? row.values[field] : this.#evaluations[-1 - field]!(row)) as number | undefined;
    if (value === undefined) return UNKNOWN;
    const constant = this.#constants[at]!;
    switch (kind) {
      case LESS:
        return value < constant ? TRUE : FALSE;
      case LESS_OR_EQUAL:
        return value <= constant ? TRUE : FALSE;
      case GREATER:
        return value > constant ? TRUE : FALSE;
      default:
        return value >= constant ? TRUE : FALSE;
    }
  }
}
