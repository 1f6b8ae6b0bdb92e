import type { OnnxGraph, OnnxNode, OnnxValue } from '../../../kit/onnx/onnx-graph.js';
import type { CodePlace } from '../code/lexer.js';
import type { Statement } from '../code/syntax-tree.js';
import { isRows, sameShape, type Shape } from '../graph/dimension.js';
import type { DType } from '../graph/dtype.js';
import { elementOf } from '../graph/graph-builder.js';
import type { GraphTensor, TensorCell } from '../graph/tensor-cell.js';
import { knownOf } from './number-of.js';
import type { Program } from './program.js';
import type { Frame } from './statements.js';
import { describeValue, type DynamicNumber, type Value } from './value.js';

interface DynamicIf {
  readonly statement: Extract<Statement, { kind: 'if' }>;
  readonly test: DynamicNumber;
  readonly place: CodePlace;
}

/** What a branch left behind. */
interface Branch {
  readonly nodes: readonly OnnxNode[];
  readonly variables: ReadonlyMap<string, Value>;
  /** What tensors hold after it that it changed in place. */
  readonly changed: ReadonlyMap<TensorCell, GraphTensor>;
  /** What the tensors in its variables hold after it; its changes are taken back before the branches are joined. */
  readonly held: ReadonlyMap<TensorCell, GraphTensor>;
}

/** A result that depends on the branch: a value of each, of one type. */
interface Pair {
  readonly then: GraphTensor | Value;
  readonly otherwise: GraphTensor | Value;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Takes the result of the whole. */
  readonly use: (merged: GraphTensor) => void;
}

/** Carries out both branches of an `if` on data, each into a graph of its own, and joins what they set: an ONNX `If`. */
export function runDynamicIf(program: Program, frame: Frame, { statement, test, place }: DynamicIf): void {
  // A view that is stale would be made anew inside of a branch, and be seen outside of it.
  for (const value of frame.variables.values()) refresh(value);
  const before = new Map(frame.variables);
  const [then, otherwise] = [statement.then, statement.otherwise].map(block => runBranch(program, frame, { block, before, place })) as [
    Branch,
    Branch,
  ];
  const pairs: Pair[] = [];
  const merger = new Merger(program, pairs, [then, otherwise]);
  const names = new Set([...then.variables.keys(), ...otherwise.variables.keys()]);
  for (const name of names) {
    const a = then.variables.get(name);
    const b = otherwise.variables.get(name);
    if (a === b && a === before.get(name)) continue;
    merger.merge(a, b, merged => frame.variables.set(name, merged), name);
  }
  for (const cell of new Set([...then.changed.keys(), ...otherwise.changed.keys()])) {
    const a = then.changed.get(cell) ?? cell.get();
    const b = otherwise.changed.get(cell) ?? cell.get();
    if (a.dtype === b.dtype && sameShape(a.shape, b.shape)) {
      pairs.push({ then: a, otherwise: b, dtype: a.dtype, shape: a.shape, use: merged => program.assign(cell, merged) });
    } else {
      program.note('a tensor that takes different shapes or types in the branches of an if on data', place);
    }
  }
  if (pairs.length > 0) joinBranches(program, { test, then, otherwise, pairs });
}

function refresh(value: Value): void {
  if (value.kind === 'tensor') value.get();
  else if (value.kind === 'list' || value.kind === 'tuple') for (const item of value.items) if (item.kind === 'tensor') item.get();
}

function runBranch(
  program: Program,
  frame: Frame,
  { block, before, place }: { block: readonly Statement[]; before: ReadonlyMap<string, Value>; place: CodePlace },
): Branch {
  const { builder } = program.emitter;
  builder.openBlock();
  program.changes.push(new Map());
  const outcome = program.runBlock(frame, block);
  if (outcome.kind !== 'end') program.note(`a ${outcome.kind} inside of an if on data`, place);
  const old = program.changes.pop()!;
  const changed = new Map([...old.keys()].map(cell => [cell, cell.get()]));
  const variables = new Map(frame.variables);
  const held = new Map<TensorCell, GraphTensor>();
  for (const value of variables.values()) hold(held, value);
  for (const [cell, value] of old) cell.set(value);
  frame.variables.clear();
  for (const [name, value] of before) frame.variables.set(name, value);
  return { nodes: builder.closeBlock(), variables, changed, held };
}

function hold(held: Map<TensorCell, GraphTensor>, value: Value): void {
  if (value.kind === 'tensor') held.set(value, value.get());
  else if (value.kind === 'tuple') for (const item of value.items) hold(held, item);
}

class Merger {
  readonly #program: Program;
  readonly #pairs: Pair[];
  readonly #branches: readonly [Branch, Branch];

  constructor(program: Program, pairs: Pair[], branches: readonly [Branch, Branch]) {
    this.#program = program;
    this.#pairs = pairs;
    this.#branches = branches;
  }

  /** Settles what a variable is after the branches; `use` may be called later, once the graph of the whole is there. */
  merge(a: Value | undefined, b: Value | undefined, use: (merged: Value) => void, name: string): void {
    if (a === undefined || b === undefined) {
      use({ kind: 'unknown', reason: `variable "${name}", which is set in one branch of an if on data only` });
    } else if (a === b || isSame(a, b)) {
      use(a);
    } else if (a.kind === 'tensor' && b.kind === 'tensor' && this.#agree(a, b)) {
      const [then, otherwise] = [this.#held(a, 0), this.#held(b, 1)];
      this.#pair(then, otherwise, then, merged => use(this.#program.tensor(merged)));
    } else if (a.kind === 'tuple' && b.kind === 'tuple' && a.items.length === b.items.length) {
      const items: Value[] = [...a.items];
      for (const [i, item] of a.items.entries()) this.merge(item, b.items[i], merged => (items[i] = merged), name);
      use({ ...a, items });
    } else if (numberType(a) !== undefined && numberType(a) === numberType(b)) {
      const type = numberType(a)!;
      const dtype = type === 'int' ? 'int64' : type === 'float' ? 'float64' : 'bool';
      this.#pair(a, b, { dtype, shape: [] }, merged => use({ kind: 'dynamic', type, tensor: this.#program.tensor(merged) }));
    } else {
      use({
        kind: 'unknown',
        reason: `variable "${name}", which is ${describeValue(a)} in one branch of an if on data and ${describeValue(b)} in the other`,
      });
    }
  }

  #held(cell: TensorCell, branch: 0 | 1): GraphTensor {
    return this.#branches[branch].held.get(cell) ?? cell.get();
  }

  #agree(a: TensorCell, b: TensorCell): boolean {
    const [then, otherwise] = [this.#held(a, 0), this.#held(b, 1)];
    return then.dtype === otherwise.dtype && sameShape(then.shape, otherwise.shape);
  }

  #pair(
    then: GraphTensor | Value,
    otherwise: GraphTensor | Value,
    { dtype, shape }: { dtype: DType; shape: Shape },
    use: (merged: GraphTensor) => void,
  ): void {
    this.#pairs.push({ then, otherwise, dtype, shape, use });
  }
}

function numberType(value: Value): DynamicNumber['type'] | undefined {
  if (value.kind === 'dynamic') return value.type;
  return value.kind === 'int' || value.kind === 'float' || value.kind === 'bool' ? value.kind : undefined;
}

function isSame(a: Value, b: Value): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'none') return true;
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  const [x, y] = [knownOf(a), knownOf(b)];
  return x !== undefined && y !== undefined && x.rows === y.rows && Object.is(x.value, y.value);
}

function joinBranches(
  program: Program,
  { test, then, otherwise, pairs }: { test: DynamicNumber; then: Branch; otherwise: Branch; pairs: readonly Pair[] },
): void {
  const { emitter } = program;
  const graphs = [then, otherwise].map((branch, i): OnnxGraph => {
    emitter.builder.openBlock(branch.nodes);
    const outputs = pairs.map((pair): OnnxValue => {
      const value = tensorOf(program, i === 0 ? pair.then : pair.otherwise, pair.dtype);
      return {
        name: emitter.same('Identity', value).name,
        element: elementOf(pair.dtype),
        shape: pair.shape.map(size => (isRows(size) ? undefined : size)),
      };
    });
    return { name: i === 0 ? 'then' : 'otherwise', inputs: [], outputs, constants: [], nodes: emitter.builder.closeBlock() };
  });
  const attributes = { then_branch: { g: graphs[0]! }, else_branch: { g: graphs[1]! } };
  const merged = emitter.ops('If', [test.tensor.get()], pairs, attributes);
  for (const [i, pair] of pairs.entries()) pair.use(merged[i]!);
}

function tensorOf(program: Program, value: GraphTensor | Value, dtype: DType): GraphTensor {
  if (!('kind' in value)) return value;
  if (value.kind === 'dynamic') return program.emitter.cast(value.tensor.get(), dtype);
  return program.emitter.scalar(dtype, knownOf(value)?.value ?? 0);
}
