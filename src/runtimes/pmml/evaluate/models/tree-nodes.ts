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
/** Added to the kind of a node that is not a leaf. */
const HAS_CHILDREN = 8;

const CODES: Readonly<Partial<Record<string, number>>> = {
  lessThan: LESS,
  lessOrEqual: LESS_OR_EQUAL,
  greaterThan: GREATER,
  greaterOrEqual: GREATER_OR_EQUAL,
};

/**
 * A node's record: six words side by side, since a row touches few nodes of a forest, each far from the last.
 *
 * Kind of test; slot of the field, or place of the test to call; place of the evaluation that fills the slot, -1 where the
 * row comes with it; next sibling; and the constant in the last two.
 */
const WORDS = 6;
const SLOT = 1;
const PLACE = 2;
const NEXT = 3;
const REALS = WORDS / 2;
const CONSTANT = 2;

/** A tree, nodes in document order: 0 is the root, and a node's first child stands right behind it. */
export class TreeNodes {
  readonly nodes: readonly TreeNode[];
  readonly defaultChild: Int32Array;
  readonly words: Int32Array;
  readonly reals: Float64Array;
  readonly evaluations: readonly Evaluate[];
  readonly tests: readonly Test[];

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
    this.defaultChild = new Int32Array(count).fill(-1);
    const tests = new NodeTests(count, scope);
    const { words } = tests;
    this.words = words;
    this.reals = tests.reals;
    this.evaluations = tests.evaluations;
    this.tests = tests.tests;
    const lastChild = new Int32Array(count).fill(-1);
    for (const [at, node] of nodes.entries()) {
      const parent = parents[at]!;
      if (parent >= 0) {
        if (lastChild[parent]! >= 0) words[lastChild[parent]! * WORDS + NEXT] = at;
        else words[parent * WORDS]! |= HAS_CHILDREN;
        lastChild[parent] = at;
        const { defaultChild } = nodes[parent]!;
        if (defaultChild !== undefined && defaultChild === (node.id ?? String(at + 1))) this.defaultChild[parent] = at;
      }
      tests.compile(at, node.predicate);
    }
    for (const [at, node] of nodes.entries()) {
      if (node.defaultChild !== undefined && node.nodes.length > 0 && this.defaultChild[at]! < 0) {
        refuseLine(node.line, `the defaultChild "${node.defaultChild}" is not a child of its node`);
      }
    }
  }

  /** -1 where there is none. */
  firstChild(at: number): number {
    return (this.words[at * WORDS]! & HAS_CHILDREN) === 0 ? -1 : at + 1;
  }

  /** The next child of the node's parent; -1 where there is none. */
  nextSibling(at: number): number {
    return this.words[at * WORDS + NEXT]!;
  }

  /** What the predicate of a node says of the row. A method and not a closure, which would not be inlined for each tree. */
  test(at: number, row: Row): Truth {
    const word = at * WORDS;
    const kind = this.words[word]! & ~HAS_CHILDREN;
    if (kind === ALWAYS) return TRUE;
    const slot = this.words[word + SLOT]!;
    if (kind === CALL) return this.tests[slot]!(row);
    const place = this.words[word + PLACE]!;
    if (place >= 0 && !row.has(slot)) this.evaluations[place]!(row);
    const value = row.numbers[slot]!;
    // Not `Number.isNaN`, which is a call for each node of each tree.
    if (value !== value) return UNKNOWN;
    const constant = this.reals[at * REALS + CONSTANT]!;
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

/** Compiles the predicates of nodes one by one. */
class NodeTests {
  readonly #scope: Scope;
  readonly words: Int32Array;
  readonly reals: Float64Array;
  readonly evaluations: Evaluate[] = [];
  readonly #places = new Map<string, number>();
  readonly tests: Test[] = [];

  constructor(count: number, scope: Scope) {
    this.#scope = scope;
    this.reals = new Float64Array(count * REALS);
    this.words = new Int32Array(this.reals.buffer);
    for (let at = 0; at < count; at++) this.words.set([ALWAYS, 0, -1, -1], at * WORDS);
  }

  compile(at: number, predicate: Predicate): void {
    if (predicate.kind === 'true') return;
    if (predicate.kind === 'compare' && this.#compileNumber(at, predicate)) return;
    this.words[at * WORDS]! |= CALL;
    this.words[at * WORDS + SLOT] = this.tests.push(compilePredicate(predicate, this.#scope)) - 1;
  }

  /** Whether the predicate compares a field that has a slot with a number. */
  #compileNumber(at: number, predicate: Predicate & { readonly kind: 'compare' }): boolean {
    const code = CODES[predicate.operator];
    const field = this.#scope.field(predicate.field);
    const constant = constantFor(field, predicate.value);
    const slot = field.slot ?? field.memo;
    if (code === undefined || slot === undefined || typeof constant !== 'number' || field.opType !== 'continuous') return false;
    this.words[at * WORDS]! |= code;
    this.words[at * WORDS + SLOT] = slot;
    this.reals[at * REALS + CONSTANT] = constant;
    if (field.slot === undefined) {
      let place = this.#places.get(predicate.field);
      if (place === undefined) {
        place = this.evaluations.push(field.evaluate) - 1;
        this.#places.set(predicate.field, place);
      }
      this.words[at * WORDS + PLACE] = place;
    }
    return true;
  }
}
