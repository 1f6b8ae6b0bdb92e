import { UTC } from '../../common/zone.js';
import { STRING } from '../../spec/data-type.js';
import type { Value } from '../../spec/batch.js';
import { formatValue } from '../../spec/value-text.js';
import { sessionZone } from './current-time.js';
import { defineFunction, perJob, type ResolvedCall } from './define-function.js';
import type { Evaluator, ScalarFunction } from './function.js';
import { formatJava } from './java-format.js';
import { any, text } from './parameters.js';
import { hasInstant } from './type-rules.js';

/** Text by a pattern of Java. */
export const printfFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'PRINTF',
    family: 'string',
    signature: 'PRINTF(pattern [, value, …])',
    doc: "Values in a text, as Java's String.format puts them there; NULL where the pattern or a value does not fit.",
    examples: [
      { sql: "PRINTF('%05d|%.2f|%-5s|%,d', 42, 3.14159e0, 'ab', 1234567)", result: '00042|3.14|ab   |1,234,567' },
      { sql: "PRINTF('%2$s %1$s', 'a', 'b')", result: 'b a' },
      { sql: "PRINTF('%d', 'a')", result: 'NULL' },
    ],
    overloads: [{ parameters: [text, any], optional: 1, repeat: 'last', returns: STRING, nulls: 'custom', returnsNull: true, evaluator }],
  }),
];

function evaluator({ parameters }: ResolvedCall): Evaluator {
  return perJob(environment => {
    const zone = parameters.some(hasInstant) ? sessionZone(environment) : UTC;
    return (pattern: string | null, ...values: Value[]) => {
      if (pattern === null) return null;
      const args = values.map((value, i) => {
        const type = parameters[i + 1]!;
        // Java writes its booleans in lower case.
        return { value, type, text: () => (typeof value === 'boolean' ? String(value) : formatValue(value, type, zone)) };
      });
      return formatJava(pattern, args) ?? null;
    };
  });
}
