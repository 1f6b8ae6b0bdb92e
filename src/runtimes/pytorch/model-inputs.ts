import type { ModelInput } from '../../spec/model-runtime.js';
import type { PickleValue, StoredTensor } from './archive/pickle-value.js';
import type { TorchArchive } from './archive/torch-archive.js';
import { CodeLibrary } from './code/code-library.js';
import type { FunctionDefinition, Parameter } from './code/syntax-tree.js';
import { DTYPES, dtypeOfStorage, type DType } from './graph/dtype.js';
import { damaged, unsupported } from './refusal.js';

/** A tensor that a model takes. */
export interface InputPlan {
  readonly name: string;
  readonly dtype: DType;
  /** Dimensions of one row; `undefined` where the file does not tell. */
  readonly rowShape: readonly (number | undefined)[];
  /** Whether the model's dimensions begin with the number of rows; otherwise a row is all that it takes at once. */
  readonly isBatched: boolean;
}

const EXAMPLE = { message: '\'model.inputs\' = \'[{"name": "x", "type": "float32", "shape": [-1, 8]}]\' says what a model takes' };

/**
 * What the tensors are that `forward` takes: as declared, else as the example that a trace keeps, else floats in one row of unknown width.
 *
 * @throws `MODEL_LOAD` for arguments that are no tensors and have no default, and for declared names that `forward` does not have.
 */
export function planInputs(archive: TorchArchive, declared: readonly ModelInput[] | undefined): readonly InputPlan[] {
  const parameters = forwardOf(archive).parameters.slice(1);
  const examples = tracedExamples(archive);
  const names = new Set(parameters.map(({ name }) => name));
  const unknown = declared?.find(({ name }) => !names.has(name));
  if (unknown !== undefined) {
    throw unsupported(`'model.inputs' names "${unknown.name}", and the model takes ${[...names].map(name => `"${name}"`).join(', ')}`);
  }
  const plans = parameters.flatMap((parameter, i): InputPlan[] => {
    const said = declared?.find(({ name }) => name === parameter.name);
    if (said !== undefined && isTensor(parameter)) return [asDeclared(said)];
    if (parameter.type === 'Tensor' || parameter.type === '') return [asExample(parameter.name, examples[i])];
    if (parameter.byDefault !== undefined || parameter.type.startsWith('Optional[')) return [];
    throw unsupported(`the model takes "${parameter.name}" of type ${parameter.type}, and columns feed tensors only`, [
      { message: 'wrap the model in a module whose forward takes tensors' },
    ]);
  });
  if (plans.length === 0) throw unsupported('the model takes no tensors');
  return plans;
}

function isTensor({ type }: Parameter): boolean {
  return type === '' || type === 'Tensor' || type === 'Optional[Tensor]';
}

/** The method that the model is. */
export function forwardOf(archive: TorchArchive): FunctionDefinition {
  const { module } = archive;
  if (module.kind !== 'object') throw damaged('the archive holds something else than a module');
  const forward = new CodeLibrary(archive.code).class(module.className)?.methods.get('forward');
  if (forward === undefined) throw unsupported(`the module ${module.className} of the archive has no method "forward"`);
  return forward;
}

function asDeclared({ name, element, shape }: ModelInput): InputPlan {
  const dtype = (Object.keys(DTYPES) as DType[]).find(candidate => candidate === element);
  if (dtype === undefined)
    throw unsupported(`'model.inputs' says that "${name}" is of ${element ?? 'an unknown type'}, which tensors of PyTorch are not`, [
      EXAMPLE,
    ]);
  if (shape === undefined) return { name, dtype, rowShape: [undefined], isBatched: true };
  return { name, dtype, rowShape: shape[0] === undefined ? shape.slice(1) : shape, isBatched: shape[0] === undefined };
}

function asExample(name: string, example: StoredTensor | undefined): InputPlan {
  const dtype = example && dtypeOfStorage(example.storage.elementClass);
  if (dtype === undefined || example!.shape.length === 0) return { name, dtype: 'float32', rowShape: [undefined], isBatched: true };
  return { name, dtype, rowShape: example!.shape.slice(1), isBatched: true };
}

/** The tensors that a trace was made with, by the place of their argument: newer archives keep their types and shapes. */
function tracedExamples({ tracedInputs }: TorchArchive): readonly (StoredTensor | undefined)[] {
  const entries = tracedInputs?.kind === 'dict' ? tracedInputs.entries : [];
  const forward = entries.find(([key]) => key.kind === 'string' && key.value === 'forward')?.[1];
  const items: readonly PickleValue[] = forward?.kind === 'list' || forward?.kind === 'tuple' ? forward.items : [];
  return items.map(item => (item.kind === 'tensor' ? item : undefined));
}
