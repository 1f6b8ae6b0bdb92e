import { MillraceError, type Note } from '../../common/error.js';
import { sqlName } from '../../kit/tensor-names.js';
import { elementCount } from '../../kit/tensor/tensor.js';
import type { Field } from '../../spec/data-type.js';
import { assignInputs, feedOf, sqlTypeOf, type Fail, type InputFeed, type RowsForm } from './map-inputs.js';
import { assignOutputs, readOf, type OutputRead } from './map-outputs.js';
import { describeTensor, type ModelSignature, type TensorSpec } from './model-signature.js';

/** How rows become tensors and answers become columns. */
export interface TensorPlan {
  readonly form: RowsForm;
  readonly feeds: readonly InputFeed[];
  /** One for each OUTPUT column. */
  readonly reads: readonly OutputRead[];
}

export interface TensorPlanInit {
  readonly signature: ModelSignature;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  /** Whether a request is one row without a dimension that counts rows, whatever the shapes say. */
  readonly flatten: boolean;
}

/**
 * Fits INPUT and OUTPUT to a model.
 *
 * A model with a batch dimension takes rows side by side. Without one, an open first dimension counts rows where the columns
 * fit the others; else a request is one row.
 *
 * @throws {MillraceError} `MODEL_SCHEMA` with what differs, what the model has, and a declaration that would fit.
 */
export function planTensors(init: TensorPlanInit): TensorPlan {
  const { signature, inputs, outputs } = init;
  const forms = possibleForms(init);
  const failOf =
    (specs: readonly TensorSpec[], side: Side): Fail =>
    problem => {
      throw new MillraceError({ code: 'MODEL_SCHEMA', message: problem, notes: describe(specs, side, forms[0]!) });
    };
  const failInput = failOf(signature.inputs, 'INPUT');
  const failOutput = failOf(signature.outputs, 'OUTPUT');
  const assigned = assignInputs(signature.inputs, inputs, failInput);
  const specs = assignOutputs(signature.outputs, outputs, failOutput);
  const attempts = forms.map(form => ({
    form,
    feeds: assigned.map(input => feedOf(input, inputs, form)),
    reads: outputs.map((_, column) => readOf({ specs, fields: outputs, form }, column)),
  }));
  for (const { form, feeds, reads } of attempts) {
    if (feeds.every(isFitting) && reads.every(isFitting)) return { form, feeds, reads };
  }
  const [first] = attempts;
  const problem = first!.feeds.find(isProblem);
  return problem === undefined ? failOutput(first!.reads.find(isProblem)!) : failInput(problem);
}

function possibleForms({ signature, flatten }: TensorPlanInit): RowsForm[] {
  const { maxBatchSize = 0, inputs, outputs } = signature;
  if (maxBatchSize > 0 || inputs.length === 0) {
    if (!flatten) return ['batch'];
    if (maxBatchSize > 0) {
      throw new MillraceError({
        code: 'INVALID_OPTION',
        message: `"flatten-batch-dim" is true, but model "${signature.name}" has max_batch_size ${maxBatchSize}, so its tensors need the batch dimension`,
        notes: [{ message: 'leave "flatten-batch-dim" out' }],
      });
    }
  }
  if (flatten) return ['single'];
  const countsRows = [...inputs, ...outputs].every(({ shape }) => shape.length > 0 && shape[0]! < 0);
  return countsRows ? ['batch', 'single'] : ['single'];
}

function isFitting<T>(found: T | string): found is T {
  return typeof found !== 'string';
}

function isProblem(found: unknown): found is string {
  return typeof found === 'string';
}

type Side = 'INPUT' | 'OUTPUT';

/** Most columns that a declaration is likely to write out. */
const MOST_SCALARS = 64;

function describe(specs: readonly TensorSpec[], side: Side, form: RowsForm): Note[] {
  if (specs.length === 0) return [];
  const list = specs.map(spec => `"${spec.name}" ${describeTensor(spec)}`).join(', ');
  const columns = specs
    .filter(spec => spec.datatype !== undefined && !spec.optional)
    .map(spec => `${sqlName(spec.name)} ${sqlTypeOf(spec, form)}`);
  return [
    { message: `the model ${side === 'INPUT' ? 'takes' : 'gives'} ${list}` },
    ...(columns.length > 0 ? [{ message: `declare for example ${side} (${columns.join(', ')})${orScalars(specs, form)}` }] : []),
  ];
}

/** What an only tensor with a few values a row may be as well. */
function orScalars(specs: readonly TensorSpec[], form: RowsForm): string {
  const [only, ...more] = specs;
  const sizes = (form === 'batch' ? only?.shape.slice(1) : only?.shape) ?? [];
  const width = elementCount(sizes);
  return more.length === 0 && width > 1 && width <= MOST_SCALARS ? `, or ${width} scalar columns in its order` : '';
}
