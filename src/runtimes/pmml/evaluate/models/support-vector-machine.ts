import type { Kernel, SupportVectorMachine, SupportVectorMachineModel } from '../../parse/support-vector-machine-model.js';
import { refuseLine } from '../compilation.js';
import { Labels } from '../labels.js';
import type { ModelContext } from '../model-context.js';
import { argMax, firstOf, type ModelBody } from '../outcome.js';
import { constantFor, keyOf } from '../predicate.js';
import type { Row } from '../row.js';
import { numberReader } from './regression.js';
import { numberBody } from './tree.js';

type Decide = (vector: Float64Array) => number;

/** https://dmg.org/pmml/v4-4-1/SupportVectorMachine.html */
export function compileSupportVectorMachine(model: SupportVectorMachineModel, context: ModelContext): ModelBody {
  const read = compileVector(model, context);
  const kernel = compileKernel(model.kernel);
  const packed = new Map<string, Float64Array>();
  const decisions = model.machines.map(machine => compileMachine(machine, { model, kernel, packed }));
  if (model.functionName !== 'classification') {
    const [decide] = decisions;
    if (decisions.length > 1) refuseLine(model.line, `a SupportVectorMachineModel for regression has one machine, not ${decisions.length}`);
    return numberBody(row => {
      const vector = read(row);
      return vector === undefined ? NaN : decide!(vector);
    });
  }
  return classify(model, context, (row): Float64Array | undefined => {
    const vector = read(row);
    return vector && Float64Array.from(decisions, decide => decide(vector));
  });
}

/** The vector of a row; `undefined` where a field is missing. */
function compileVector(model: SupportVectorMachineModel, { scope }: ModelContext): (row: Row) => Float64Array | undefined {
  const reads = model.fields.map(field => {
    if (field.value === undefined) return numberReader(field.field, scope);
    const code = scope.field(field.field);
    const key = keyOf(constantFor(code, field.value));
    return (row: Row): number => {
      const value = code.evaluate(row);
      return value === undefined ? NaN : Number(keyOf(value) === key) * field.coefficient;
    };
  });
  return row => {
    const vector = new Float64Array(reads.length);
    for (let i = 0; i < reads.length; i++) {
      const value = reads[i]!(row);
      if (Number.isNaN(value)) return undefined;
      vector[i] = value;
    }
    return vector;
  };
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}

function compileKernel(kernel: Kernel): (left: Float64Array, right: Float64Array) => number {
  switch (kernel.kind) {
    case 'linear':
      return dot;
    case 'polynomial':
      return (left, right) => (kernel.gamma * dot(left, right) + kernel.coef0) ** kernel.degree;
    case 'sigmoid':
      return (left, right) => Math.tanh(kernel.gamma * dot(left, right) + kernel.coef0);
    case 'radialBasis':
      return (left, right) => {
        let sum = 0;
        for (let i = 0; i < left.length; i++) sum += (left[i]! - right[i]!) ** 2;
        return Math.exp(-kernel.gamma * sum);
      };
  }
}

interface MachineContext {
  readonly model: SupportVectorMachineModel;
  readonly kernel: (left: Float64Array, right: Float64Array) => number;
  /** Vectors that several machines share. */
  readonly packed: Map<string, Float64Array>;
}

function compileMachine({ vectors, coefficients, intercept }: SupportVectorMachine, { model, kernel, packed }: MachineContext): Decide {
  const factors = Float64Array.from(coefficients);
  if (vectors === undefined) return vector => dot(vector, factors) + intercept;
  const support = vectors.map(id => {
    const known = packed.get(id) ?? Float64Array.from(model.vectors.get(id)!);
    packed.set(id, known);
    return known;
  });
  return vector => {
    let sum = 0;
    for (let i = 0; i < support.length; i++) sum += factors[i]! * kernel(vector, support[i]!);
    return sum + intercept;
  };
}

function classify(model: SupportVectorMachineModel, context: ModelContext, decide: (row: Row) => Float64Array | undefined): ModelBody {
  const labels = new Labels(context.type);
  const machines = model.machines.map((machine): { target: number; alternate: number | undefined; threshold: number } => ({
    target: labels.place(
      machine.targetCategory ?? refuseLine(model.line, 'a SupportVectorMachine of a classification has no targetCategory'),
    ),
    alternate: machine.alternateTargetCategory === undefined ? undefined : labels.place(machine.alternateTargetCategory),
    threshold: machine.threshold ?? model.threshold,
  }));
  // A model of one machine may leave the other category to the DataDictionary.
  if (machines.length === 1 && machines[0]!.alternate === undefined) {
    const other = context.categories.find(category => labels.place(category) !== machines[0]!.target);
    if (other !== undefined) machines[0]!.alternate = labels.place(other);
  }
  const votes = model.method === 'OneAgainstOne' || (machines.length === 1 && machines[0]!.alternate !== undefined);
  if (votes && machines.some(machine => machine.alternate === undefined))
    refuseLine(model.line, 'a SupportVectorMachine of OneAgainstOne has no alternateTargetCategory');
  const count = labels.values.length;
  return {
    classes: labels.values,
    givesProbabilities: false,
    evaluate: row => {
      const values = decide(row);
      if (values === undefined) return undefined;
      const affinities = new Float64Array(count);
      if (votes) {
        const winners = machines.map(({ target, alternate, threshold }, i) => {
          const wins = model.maxWins ? values[i]! > threshold : values[i]! < threshold;
          return wins ? target : alternate!;
        });
        for (const place of winners) affinities[place]!++;
        return { predicted: labels.values[firstOf(winners, affinities)], affinities };
      }
      for (const [i, { target }] of machines.entries()) affinities[target] = values[i]!;
      const winner = argMax(model.maxWins ? affinities : affinities.map(value => -value));
      return { predicted: labels.values[winner], affinities };
    },
  };
}
