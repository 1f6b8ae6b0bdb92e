import { MAX_LENGTH, STRING, type DataType } from '../../spec/data-type.js';
import type { ResolvedCall } from './define-function.js';
import { isText } from './type-rules.js';

type StringType = Extract<DataType, { readonly length: number }>;

/** The type of the first argument. */
export function firstType({ parameters }: ResolvedCall): DataType {
  return parameters[0]!;
}

/** A VARCHAR as long as the first argument. */
export function varyingFirst({ parameters: [first] }: ResolvedCall): DataType {
  return varying(first!);
}

/** A VARCHAR as long as a CHAR or VARCHAR. */
export function varying(type: DataType): DataType {
  return isText(type) ? { ...type, kind: 'VARCHAR', length: (type as StringType).length, nullable: true } : STRING;
}

/** The type of two texts put together. */
export function joinedType({ parameters }: ResolvedCall): DataType {
  const [a, b] = parameters as readonly [StringType, StringType];
  const length = Math.min(a.length + b.length, MAX_LENGTH);
  return { kind: a.kind === 'CHAR' && b.kind === 'CHAR' ? 'CHAR' : 'VARCHAR', length, nullable: true };
}
