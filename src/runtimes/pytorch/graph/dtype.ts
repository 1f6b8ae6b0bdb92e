/** Element types of tensors, by PyTorch's names. */
export type DType = 'uint8' | 'int8' | 'int16' | 'int32' | 'int64' | 'float16' | 'float32' | 'float64' | 'bool' | 'bfloat16';

export type DTypeCategory = 'bool' | 'integer' | 'float';

interface DTypeFacts {
  /** The number that TorchScript's code writes for it (`c10::ScalarType`). */
  readonly code: number;
  readonly bytes: number;
  readonly category: DTypeCategory;
  /** `torch.<X>Storage` of a pickle. */
  readonly storage: string;
  /** Among the types of its category, which holds which. */
  readonly rank: number;
}

export const DTYPES: Readonly<Record<DType, DTypeFacts>> = {
  uint8: { code: 0, bytes: 1, category: 'integer', storage: 'Byte', rank: 1 },
  int8: { code: 1, bytes: 1, category: 'integer', storage: 'Char', rank: 1 },
  int16: { code: 2, bytes: 2, category: 'integer', storage: 'Short', rank: 2 },
  int32: { code: 3, bytes: 4, category: 'integer', storage: 'Int', rank: 3 },
  int64: { code: 4, bytes: 8, category: 'integer', storage: 'Long', rank: 4 },
  float16: { code: 5, bytes: 2, category: 'float', storage: 'Half', rank: 5 },
  float32: { code: 6, bytes: 4, category: 'float', storage: 'Float', rank: 6 },
  float64: { code: 7, bytes: 8, category: 'float', storage: 'Double', rank: 7 },
  bool: { code: 11, bytes: 1, category: 'bool', storage: 'Bool', rank: 0 },
  bfloat16: { code: 15, bytes: 2, category: 'float', storage: 'BFloat16', rank: 5 },
};

const NAMES = Object.keys(DTYPES) as DType[];

/** The type with this `c10::ScalarType`; `undefined` for complex, quantized and 8-bit floating ones. */
export function dtypeOfCode(code: number): DType | undefined {
  return NAMES.find(name => DTYPES[name].code === code);
}

/** The type of `torch.<X>Storage`. */
export function dtypeOfStorage(elementClass: string): DType | undefined {
  return NAMES.find(name => DTYPES[name].storage === elementClass);
}

export function isFloat(dtype: DType): boolean {
  return DTYPES[dtype].category === 'float';
}

export function isInteger(dtype: DType): boolean {
  return DTYPES[dtype].category === 'integer';
}

/** The narrowest type that holds both, as `torch.promote_types`. */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const pair = [a, b];
  if (pair.includes('float16') && pair.includes('bfloat16')) return 'float32';
  if (pair.includes('uint8') && pair.includes('int8')) return 'int16';
  return DTYPES[a].rank >= DTYPES[b].rank ? a : b;
}

/** An operand of a promotion: a tensor with dimensions, a tensor without, or a Python number ("wrapped"). */
export interface Promoted {
  readonly dtype: DType;
  readonly weight: 'dimensioned' | 'zero-dim' | 'wrapped';
}

/** The element type of an operation on these operands: https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc */
export function resultType(operands: readonly Promoted[]): DType {
  const of = (weight: Promoted['weight']): DType | undefined =>
    operands
      .filter(operand => operand.weight === weight)
      .map(operand => (weight === 'wrapped' && isFloat(operand.dtype) ? 'float32' : operand.dtype))
      .reduce<DType | undefined>((a, b) => (a === undefined ? b : promoteTypes(a, b)), undefined);
  return combine(of('dimensioned'), combine(of('zero-dim'), of('wrapped'))) ?? 'float32';
}

/** A lower kind of operand counts only where it is of a higher category. */
function combine(higher: DType | undefined, lower: DType | undefined): DType | undefined {
  if (higher === undefined || lower === undefined) return higher ?? lower;
  if (isFloat(higher)) return higher;
  return higher === 'bool' || isFloat(lower) ? promoteTypes(higher, lower) : higher;
}
