import { z } from 'zod';
import { asElementType } from '../../spec/element-type.js';
import type { ModelInput } from '../../spec/model-runtime.js';

/** Other words for element types, of SQL and of NumPy. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['float', 'float32'],
  ['double', 'float64'],
  ['half', 'float16'],
  ['int', 'int32'],
  ['bigint', 'int64'],
  ['long', 'int64'],
  ['boolean', 'bool'],
  ['str', 'string'],
]);

const dimension = z.union([z.int().min(-1), z.null()]);
const declaration = z.array(z.strictObject({ name: z.string().min(1), type: z.string(), shape: z.array(dimension).optional() })).min(1);

/** The text of a list such as `[{"name": "x", "type": "float32", "shape": [-1, 4]}]`; -1 and null are open dimensions, the first counts rows. */
export function declaredInputs() {
  return z
    .string()
    .meta({ format: 'json' })
    .transform((text, context): readonly ModelInput[] => {
      const parsed = declaration.safeParse(parseJson(text));
      if (parsed.success) {
        const inputs = parsed.data.map(({ name, type, shape }) => ({
          name,
          element: asElementType(WORDS.get(type.toLowerCase()) ?? type.toLowerCase()),
          shape: shape?.map(size => (size === null || size < 0 ? undefined : size)),
        }));
        if (inputs.every(({ element }) => element !== undefined)) return inputs;
      }
      context.addIssue({ code: 'custom', message: 'expected a list such as [{"name": "x", "type": "float32", "shape": [-1, 4]}]' });
      return z.NEVER;
    });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
