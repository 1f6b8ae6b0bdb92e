import { MillraceError } from '../../../common/error.js';
import type { TorchArchive } from '../archive/torch-archive.js';
import { CodeLibrary } from '../code/code-library.js';
import type { CodePlace } from '../code/lexer.js';
import type { FunctionDefinition, Statement } from '../code/syntax-tree.js';
import { RowsMixed } from '../graph/dimension.js';
import { Emitter } from '../graph/emitter.js';
import { SizesDiffer } from '../graph/sizes-differ.js';
import { TensorCell, type GraphTensor, type ViewOf } from '../graph/tensor-cell.js';
import { OPERATORS } from '../operators/operators.js';
import { unsupported } from '../refusal.js';
import { ArchiveValues } from './archive-values.js';
import { evaluate } from './expressions.js';
import { bindArguments, type OperatorContext } from './operator.js';
import { Problems } from './problems.js';
import { runBlock, type Frame, type Outcome } from './statements.js';
import { describeValue, findUnknown, NONE, UNKNOWN, type ListValue, type ObjectValue, type Value } from './value.js';

/** Statements that are carried out, with those of unrolled loops. */
const MAX_STEPS = 1_000_000;
/** Values of a list that cost as much as a statement. */
const VALUES_A_STEP = 64;
const MAX_CALL_DEPTH = 150;
const MAX_LIST_LENGTH = 200_000;

/**
 * Carries out a model's program once, with tensors as values of a graph: what it does to them becomes the graph.
 *
 * Numbers, shapes, lists and branches on them are settled on the way, so loops are unrolled. What is unsupported is noted, and the program
 * goes on, so that all of it is told at once.
 */
export class Program implements OperatorContext {
  readonly emitter: Emitter;
  readonly library: CodeLibrary;
  readonly values: ArchiveValues;
  readonly problems = new Problems();
  /** By tensor that an open branch on data changed: what it held before. The innermost branch is last. */
  readonly changes: Map<TensorCell, GraphTensor>[] = [];
  readonly #probes: readonly number[];
  #steps = 0;
  #calls = 0;

  /** @param probes widths of inputs that stand for widths that nobody knows yet */
  constructor(archive: TorchArchive, emitter: Emitter, probes: readonly number[] = []) {
    this.emitter = emitter;
    this.library = new CodeLibrary(archive.code);
    this.values = new ArchiveValues(archive, emitter);
    this.#probes = probes;
  }

  get depth(): number {
    return this.emitter.builder.depth;
  }

  tensor(value: GraphTensor, view?: ViewOf): TensorCell {
    return new TensorCell(value, view);
  }

  list(items: readonly Value[]): ListValue {
    if (items.length > MAX_LIST_LENGTH) throw unsupported(`a list of ${items.length} values`);
    return { kind: 'list', items: [...items], depth: this.depth };
  }

  assign(cell: TensorCell, value: GraphTensor): void {
    const { root } = cell;
    if (root.isState) throw unsupported('a change of a parameter, buffer or constant, which would outlast the call');
    const changes = this.changes.at(-1);
    if (changes !== undefined && !changes.has(root)) changes.set(root, root.get());
    cell.set(value);
  }

  /** Counts a step, so that no program runs forever; going through a list is a part of one for each value. */
  step(listed = 0): void {
    this.#steps += 1 + listed / VALUES_A_STEP;
    if (this.#steps > MAX_STEPS) throw unsupported(`the model's program takes more than ${MAX_STEPS} steps`);
  }

  note(what: string, place: CodePlace): Value {
    this.problems.add(what, place);
    return UNKNOWN;
  }

  runBlock(frame: Frame, statements: readonly Statement[]): Outcome {
    return runBlock(this, frame, statements);
  }

  /** Calls a function or method of the archive's code. */
  call(definition: FunctionDefinition, positional: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const variables = new Map<string, Value>();
    const frame: Frame = { definition, variables };
    for (const [i, { name, byDefault }] of definition.parameters.entries()) {
      const value = positional[i] ?? named.get(name) ?? (byDefault && evaluate(this, frame, byDefault));
      if (value === undefined)
        throw unsupported(
          `"${definition.name}" is called without its argument "${name}" (code/${definition.file}, line ${definition.line})`,
        );
      variables.set(name, value);
    }
    if (++this.#calls > MAX_CALL_DEPTH) throw unsupported(`functions of the model call each other more than ${MAX_CALL_DEPTH} levels deep`);
    const outcome = runBlock(this, frame, definition.body());
    this.#calls--;
    return outcome.kind === 'return' ? outcome.value : NONE;
  }

  callMethod(object: ObjectValue, name: string, positional: readonly Value[], named: ReadonlyMap<string, Value>, place: CodePlace): Value {
    const method = this.library.class(object.className)?.methods.get(name);
    if (method === undefined) return this.note(`method "${name}" of ${object.className}, which the archive does not have`, place);
    return this.call(method, [object, ...positional], named);
  }

  /** Applies an operation of PyTorch: `aten::add`, `prim::NumToTensor`. */
  apply(name: string, positional: readonly Value[], named: ReadonlyMap<string, Value>, place: CodePlace): Value {
    const alternatives = OPERATORS.get(name);
    if (alternatives === undefined) return this.note(name, place);
    const given = [...positional, ...named.values()];
    for (const value of given) if (value.kind === 'list' || value.kind === 'tuple') this.step(value.items.length);
    const [first] = given;
    const unknown = TAKES_UNKNOWN.has(name)
      ? first?.kind === 'unknown'
        ? first
        : undefined
      : given.map(findUnknown).find(value => value !== undefined);
    if (unknown !== undefined) return unknown.reason === undefined ? UNKNOWN : this.note(unknown.reason, place);
    this.#findComparedWidth(name, given);
    for (const alternative of alternatives) {
      const bound = bindArguments(alternative, positional, named);
      if (bound === undefined) continue;
      try {
        return alternative.run(this, bound);
      } catch (thrown) {
        return this.#explain(thrown, name, place);
      }
    }
    return this.note(`${name} of ${given.map(describeValue).join(', ') || 'nothing'}`, place);
  }

  #explain(thrown: unknown, name: string, place: CodePlace): Value {
    if (thrown instanceof SizesDiffer) {
      const found = this.#widthThatFits(thrown);
      if (found !== undefined) throw found;
      if (thrown.hasRows) throw new RowsMixed();
      return this.note(`${name}: ${thrown.message}`, place);
    }
    if (!MillraceError.is(thrown)) throw thrown;
    this.problems.add(`${name}: ${thrown.message}`, place, thrown.notes);
    return UNKNOWN;
  }

  /** Scripted modules compare the width of their input with the one they know, and raise where it differs. */
  #findComparedWidth(name: string, [a, b]: readonly Value[]): void {
    if ((name !== 'aten::eq' && name !== 'aten::ne') || a?.kind !== 'int' || b?.kind !== 'int') return;
    for (const [input, probe] of this.#probes.entries()) {
      if (a.value === probe && b.value > 1) throw new WidthFound(input, b.value);
      if (b.value === probe && a.value > 1) throw new WidthFound(input, a.value);
    }
  }

  #widthThatFits({ actual, expected }: SizesDiffer): WidthFound | undefined {
    for (const [input, probe] of this.#probes.entries()) {
      const isMultiple = actual > 0 && actual % probe === 0;
      const width = isMultiple ? expected / (actual / probe) : Math.abs(actual - probe) < probe / 8 ? expected + probe - actual : 0;
      if (Number.isInteger(width) && width > 0) return new WidthFound(input, width);
    }
    return undefined;
  }
}

/** Operations that pass on what they do not look at. */
const TAKES_UNKNOWN: ReadonlySet<string> = new Set([
  'aten::__getitem__',
  'aten::append',
  'aten::_set_item',
  'aten::__is__',
  'aten::__isnot__',
  'aten::len',
  'prim::data',
]);

/** Thrown when a model shows how wide the rows of an input are that stood in with a width of no meaning. */
export class WidthFound extends Error {
  override readonly name = 'WidthFound';
  /** Index among the probes. */
  readonly input: number;
  readonly width: number;

  constructor(input: number, width: number) {
    super('width found');
    this.input = input;
    this.width = width;
  }
}
