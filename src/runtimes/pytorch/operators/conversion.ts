import { operator, type Arguments, type Operator, type OperatorContext } from '../execute/operator.js';
import { castNumber } from '../graph/emitter.js';
import { fixed, knownOf, valueOfKnown } from '../execute/number-of.js';
import { boolOf, floatOf, intOf, NONE, type Value } from '../execute/value.js';
import { elementsOf, RowsMixed } from '../graph/dimension.js';
import { DTYPES, isFloat, type DType } from '../graph/dtype.js';
import type { KnownNumber } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { dynamic } from './numbers.js';
import { sizeOfAll } from './shape-facts.js';
import type { OperatorTable } from './table.js';

const DTYPE_OF: Readonly<Record<KnownNumber['type'], DType>> = { int: 'int64', float: 'float64', bool: 'bool' };

/** A tensor of one element as a number of Python: known where it is, else one that depends on the data. */
function numberOf(context: OperatorContext, value: Value, type: KnownNumber['type']): Value {
  if (value.kind === 'tensor') {
    const tensor = value.get();
    if (tensor.known !== undefined) return valueOfKnown(castNumber(tensor.known, DTYPE_OF[type]));
    if (tensor.shape.some(size => typeof size !== 'number')) throw new RowsMixed();
    if (elementsOf(tensor.shape) !== 1) throw unsupported(`a number of a tensor with ${elementsOf(tensor.shape)} elements`);
    return dynamic(context, type, context.emitter.cast(context.emitter.reshape(tensor, []), DTYPE_OF[type]));
  }
  if (value.kind === 'dynamic') return dynamic(context, type, context.emitter.cast(value.tensor.get(), DTYPE_OF[type]));
  if (value.kind === 'string' && type !== 'bool') {
    const number = Number(value.value.replace(/^([+-]?)inf(?:inity)?$/i, '$1Infinity'));
    return type === 'int' ? intOf(Math.trunc(number)) : floatOf(number);
  }
  const known = knownOf(value);
  if (known === undefined) throw unsupported('a number of something else');
  return valueOfKnown(castNumber(known, DTYPE_OF[type]));
}

const toNumber = (type: KnownNumber['type']): Operator => operator('a', (context, given) => numberOf(context, given.value('a'), type));

/** The number in a tensor, in the kind of its type. */
const item = operator('self:T', (context, given) => {
  const { category } = DTYPES[given.tensor('self').dtype];
  return numberOf(context, given.value('self'), category === 'integer' ? 'int' : category);
});

/** A size as a tensor, as traced code computes with them. */
const toTensor = operator('a:num', (context, given) => {
  const value = given.value('a');
  if (value.kind === 'dynamic') return value.tensor;
  const known = knownOf(value)!;
  if (known.rows !== 0) return context.tensor({ name: '', dtype: 'int64', shape: [], known });
  return context.tensor(context.emitter.scalar(known.type === 'int' ? 'int64' : known.type === 'bool' ? 'bool' : 'float64', fixed(known)));
});

function convert(context: OperatorContext, given: Arguments, dtype: DType): Value {
  const cell = given.cell('self');
  const tensor = cell.get();
  if (tensor.dtype === dtype) return cell;
  return context.tensor(context.emitter.cast(tensor, dtype));
}

const FLAGS = 'non_blocking:bool=False copy:bool=False memory_format=None';

/** To another type; where the tensor lies makes no difference here. */
const to: readonly Operator[] = [
  operator(`self:T other:T ${FLAGS}`, (context, given) => convert(context, given, given.tensor('other').dtype)),
  operator(`self:T dtype:int? ${FLAGS}`, (context, given) => convert(context, given, given.dtype('dtype', given.tensor('self').dtype))),
  operator(`self:T device dtype:int?=None ${FLAGS}`, (context, given) =>
    convert(context, given, given.dtype('dtype', given.tensor('self').dtype)),
  ),
  operator(`self:T dtype:int?=None layout=None device=None pin_memory=None ${FLAGS}`, (context, given) =>
    convert(context, given, given.dtype('dtype', given.tensor('self').dtype)),
  ),
];

const toType = (dtype: DType): Operator => operator('self:T', (context, given) => convert(context, given, dtype));

/** A copy: later changes of the original are not seen in it. */
const clone = operator('self:T memory_format=None', (context, given) => context.tensor(given.tensor('self')));

const always = (value: Value): Operator => operator('a=None b=None c=None', () => value);

/** Types, devices, and numbers from tensors and back. */
export const CONVERSION: OperatorTable = {
  'aten::to': to,
  'aten::_to_copy': to,
  'aten::type_as': operator('self:T other:T', (context, given) => convert(context, given, given.tensor('other').dtype)),
  'aten::float': toType('float32'),
  'aten::double': toType('float64'),
  'aten::long': toType('int64'),
  'aten::int': toType('int32'),
  'aten::bool': toType('bool'),
  'aten::clone': clone,
  'aten::Int': toNumber('int'),
  'aten::Float': toNumber('float'),
  'aten::Bool': toNumber('bool'),
  'aten::IntImplicit': toNumber('int'),
  'aten::FloatImplicit': toNumber('float'),
  'aten::ScalarImplicit': item,
  'aten::item': item,
  'prim::NumToTensor': toTensor,
  'aten::dim': operator('self:T', (_, given) => intOf(given.tensor('self').shape.length)),
  'aten::ndimension': operator('self:T', (_, given) => intOf(given.tensor('self').shape.length)),
  'aten::numel': operator('self:T', (_, given) => sizeOfAll(given.tensor('self').shape)),
  'aten::is_floating_point': operator('self:T', (_, given) => boolOf(isFloat(given.tensor('self').dtype))),
  'aten::is_complex': always(boolOf(false)),
  'aten::is_nonzero': toNumber('bool'),
  'aten::is_grad_enabled': always(boolOf(false)),
  'aten::is_autocast_enabled': always(boolOf(false)),
  'aten::is_autocast_cpu_enabled': always(boolOf(false)),
  'aten::is_inference_mode_enabled': always(boolOf(false)),
  'aten::set_grad_enabled': always(NONE),
  'aten::get_default_dtype': always(intOf(DTYPES.float32.code)),
  'aten::device': operator('a b=None', (_, given) => given.value('a')),
  'prim::dtype': operator('a:T', (_, given) => intOf(DTYPES[given.tensor('a').dtype].code)),
  'prim::device': operator('a:T', () => ({ kind: 'string', value: 'cpu' })),
  'prim::type': operator('a', (_, given) => given.value('a')),
  'prim::layout': always(intOf(0)),
  'prim::requires_grad': always(boolOf(false)),
  'prim::is_nested': always(boolOf(false)),
  'prim::is_cuda': always(boolOf(false)),
  'prim::is_sparse': always(boolOf(false)),
  'prim::is_quantized': always(boolOf(false)),
  'prim::is_mkldnn': always(boolOf(false)),
  'prim::is_meta': always(boolOf(false)),
  'prim::is_cpu': always(boolOf(true)),
  'prim::itemsize': operator('a:T', (_, given) => intOf(DTYPES[given.tensor('a').dtype].bytes)),
};
