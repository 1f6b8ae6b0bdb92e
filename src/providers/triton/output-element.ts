import { fitsPrecision } from '../../common/decimal.js';
import { MAX_LONG, MIN_LONG, toLong } from '../../common/long.js';
import { halfToDouble } from '../../kit/float16.js';
import { bfloat16ToDouble } from '../../kit/tensor/bfloat16.js';
import type { BytesData, Tensor } from '../../kit/tensor/tensor.js';
import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';

/** The value of an element by its place in the tensor; `undefined` where the column's type does not hold it. */
export type ElementReader = (at: number) => Value | undefined;

/** Reads elements of a tensor, whose datatype `readsDatatype` says the type reads. */
export function elementReader({ datatype, data }: Tensor, type: DataType): ElementReader {
  const numbers = data as ArrayLike<number>;
  switch (datatype) {
    case 'BOOL':
      return at => numbers[at] === 1;
    case 'FP16':
      return at => halfToDouble(numbers[at]!);
    case 'BF16':
      return at => bfloat16ToDouble(numbers[at]!);
    case 'FP32':
    case 'FP64':
      return at => numbers[at]!;
    case 'BYTES':
      return type.kind === 'VARCHAR' ? textReader(data as BytesData) : bytesReader(data as BytesData);
    default:
      return integerReader(data as ArrayLike<number | bigint>, type);
  }
}

/** Bits of the integer types that are smaller than BIGINT. */
const INTEGER_BITS: Readonly<Partial<Record<DataType['kind'], number>>> = { TINYINT: 8, SMALLINT: 16, INT: 32 };

function integerReader(data: ArrayLike<number | bigint>, type: DataType): ElementReader {
  if (type.kind === 'DECIMAL') {
    return at => {
      const value = toLong(BigInt(data[at]!));
      return fitsPrecision(value, type.precision) ? value : undefined;
    };
  }
  const bits = INTEGER_BITS[type.kind];
  const [min, max] = bits === undefined ? [MIN_LONG, MAX_LONG] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return at => {
    const value = data[at]!;
    if (value < min || value > max) return undefined;
    return typeof value === 'bigint' ? toLong(value) : value;
  };
}

function textReader(data: BytesData): ElementReader {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return at => {
    const item = data[at]!;
    if (typeof item === 'string') return item;
    try {
      return decoder.decode(item);
    } catch {
      return undefined;
    }
  };
}

function bytesReader(data: BytesData): ElementReader {
  return at => {
    const item = data[at]!;
    return typeof item === 'string' ? new TextEncoder().encode(item) : item;
  };
}
