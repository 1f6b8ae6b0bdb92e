import type { Code } from '../code.js';
import { RowFailure } from '../row.js';
import { javaDoubleText, textOf, type Value } from '../value.js';
import { formatDateTime, formatNumber } from './format.js';
import { BOOLEAN, checkCount, costOf, INTEGER, STRING, strict, toNumber, type Call, type FunctionCompiler } from './function-kit.js';
import { compilePattern, javaReplacement, type Pattern } from './pattern.js';

const MOST_CHARACTERS = 1_000_000;

/** The text of an operand's value: a double as Java writes it. */
function textReader(operand: Code): (value: NonNullable<Value>) => string {
  const isDouble = operand.dataType === 'double' || operand.dataType === 'float';
  return value => (isDouble && typeof value === 'number' ? javaDoubleText(value) : textOf(value));
}

function ofText(compute: (text: string) => Value, type = STRING): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 1, 1);
    const read = textReader(operands[0]!);
    return strict(operands, type, ([value]) => compute(read(value!)));
  };
}

const substring: FunctionCompiler = (operands, call) => {
  checkCount(operands, call, 3, 3);
  const read = textReader(operands[0]!);
  return strict(operands, STRING, ([value, start, length]) => {
    const text = read(value!);
    const [from, count] = [toNumber(start, call)!, toNumber(length, call)!];
    if (!(from >= 1 && count >= 0))
      throw new RowFailure(`"substring" takes a start from 1 on and a length from 0 on, not ${from} and ${count}`);
    return text.slice(from - 1, from - 1 + count);
  });
};

/** Missing values are left out, as in JPMML. */
const concat: FunctionCompiler = (operands, call) => {
  checkCount(operands, call, 1, Infinity);
  const reads = operands.map(operand => ({ evaluate: operand.evaluate, read: textReader(operand) }));
  return {
    ...STRING,
    cost: costOf(operands),
    evaluate: row => {
      let text = '';
      for (const { evaluate, read } of reads) {
        const value = evaluate(row);
        if (value !== undefined) text += read(value);
        if (text.length > MOST_CHARACTERS) throw new RowFailure(`"concat" makes a text of more than ${MOST_CHARACTERS} characters`);
      }
      return text;
    },
  };
};

type CompiledPattern = Pattern & { readonly kind: 'pattern' };

/** Compiles each pattern once, while the model lives: most calls have a constant. */
function patterns(call: Call, flags: string): (text: string) => CompiledPattern {
  let last: { readonly text: string; readonly pattern: CompiledPattern } | undefined;
  return text => {
    if (last?.text === text) return last.pattern;
    const pattern = compilePattern(text, flags);
    if (pattern.kind === 'refused') {
      throw new RowFailure(`the pattern ${JSON.stringify(text.slice(0, 60))} of "${call.name}" is refused: ${pattern.why}`);
    }
    last = { text, pattern };
    return pattern;
  };
}

/** The text, where it is not too long for the pattern. */
function matchable(text: string, { mostCharacters }: CompiledPattern, call: Call): string {
  if (text.length <= mostCharacters) return text;
  throw new RowFailure(`the pattern of "${call.name}" is matched with texts of up to ${mostCharacters} characters, not ${text.length}`);
}

const matches: FunctionCompiler = (operands, call) => {
  checkCount(operands, call, 2, 2);
  const [read, patternOf] = [textReader(operands[0]!), patterns(call, '')];
  return strict(operands, BOOLEAN, ([value, text]) => {
    const pattern = patternOf(textOf(text!));
    return pattern.regex.test(matchable(read(value!), pattern, call));
  });
};

const replace: FunctionCompiler = (operands, call) => {
  checkCount(operands, call, 3, 3);
  const [read, patternOf] = [textReader(operands[0]!), patterns(call, 'g')];
  return strict(operands, STRING, ([value, text, replacement]) => {
    const write = javaReplacement(textOf(replacement!));
    const pattern = patternOf(textOf(text!));
    return matchable(read(value!), pattern, call).replace(pattern.regex, (...groups: unknown[]) => {
      const end = groups.findIndex(group => typeof group === 'number');
      return write(groups.slice(0, end) as (string | undefined)[]);
    });
  });
};

export const TEXT = {
  uppercase: ofText(text => text.toUpperCase()),
  lowercase: ofText(text => text.toLowerCase()),
  stringLength: ofText(text => text.length, INTEGER),
  trimBlanks: ofText(text => text.trim()),
  substring,
  concat,
  matches,
  replace,
  formatNumber: (operands, call) => {
    checkCount(operands, call, 2, 2);
    return strict(operands, STRING, ([value, pattern]) => formatNumber(toNumber(value, call)!, textOf(pattern!)));
  },
  formatDatetime: (operands, call) => {
    checkCount(operands, call, 2, 2);
    return strict(operands, STRING, ([value, pattern]) => formatDateTime(value!, textOf(pattern!)));
  },
} as const satisfies Readonly<Record<string, FunctionCompiler>>;
