import { arrayOf, NULL, sameType, withNullable, type DataType } from '../../spec/data-type.js';
import type { ResolvedCall } from './define-function.js';
import type { Parameter } from './parameters.js';
import { isText, leastRestrictive } from './type-rules.js';

/** The element type of an ARRAY or MULTISET. */
export function elementType(type: DataType): DataType {
  return type.kind === 'ARRAY' || type.kind === 'MULTISET' ? type.element : NULL;
}

/** The element type of the array that is the first argument. */
export function elementOf({ parameters: [type] }: ResolvedCall): DataType {
  return elementType(type!);
}

/**
 * What a value is cast to when it is looked for among values of a type: that type, or a text as it is.
 *
 * @returns `undefined` when it cannot be one of them.
 */
export function wantedType(element: DataType, wanted: DataType): DataType | undefined {
  if (isText(element) && isText(wanted)) return wanted;
  const common = leastRestrictive([element, wanted]);
  return common !== undefined && sameType(common, element) ? withNullable(element, true) : undefined;
}

/** A value that may be an element of the array that is the first argument. */
export const needle: Parameter = ({ type }, [first]) => (first === undefined ? undefined : wantedType(elementType(first), type));

/** An array of the same elements as the first argument. */
export const sameArray: Parameter = ({ type }, [first]) => {
  if (first === undefined || type.kind !== 'ARRAY') return undefined;
  const wanted = wantedType(elementType(first), type.element);
  return wanted && { ...type, element: wanted };
};

/** An array of all that the arrays and elements of the call hold. */
export function widestArray({ parameters }: ResolvedCall): DataType {
  const elements = parameters.map((type, i) =>
    type.kind === 'ARRAY' && (i === 0 || sameDepth(parameters[0]!, type)) ? type.element : type,
  );
  return arrayOf(leastRestrictive(elements) ?? elementType(parameters[0]!));
}

/** Whether an argument is an array like the first one, and not an element of it that is an array too. */
function sameDepth(first: DataType, type: DataType): boolean {
  return leastRestrictive([first, type]) !== undefined;
}
