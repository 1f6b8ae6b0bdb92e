import type { Expression, NormContinuous } from '../parse/expression.js';
import { columnName } from '../parse/inline-table.js';
import type { DataType } from '../parse/words.js';
import { compileApply } from './apply.js';
import type { Code } from './code.js';
import { contains } from './mining-field.js';
import { constantFor, keyOf } from './predicate.js';
import { RowFailure } from './row.js';
import type { Scope } from './scope.js';
import { compileTextIndex } from './text-index.js';
import { castValue, familyOf, parseValue, textOf, type FieldType, type Value } from './value.js';

/** Compiles an expression over the fields of a scope. @throws {MillraceError} `MODEL_LOAD` for what cannot be computed. */
export function compileExpression(expression: Expression, scope: Scope): Code {
  switch (expression.kind) {
    case 'constant':
      return compileConstant(expression);
    case 'fieldRef': {
      const field = scope.field(expression.field);
      if (expression.mapMissingTo === undefined) return field;
      const replacement = parseValue(expression.mapMissingTo, field.dataType);
      return { dataType: field.dataType, opType: field.opType, cost: 1, evaluate: row => field.evaluate(row) ?? replacement };
    }
    case 'normContinuous':
      return compileNormContinuous(expression, scope);
    case 'normDiscrete': {
      const field = scope.field(expression.field);
      const key = keyOf(constantFor(field, expression.value));
      const { mapMissingTo } = expression;
      return {
        ...DOUBLE,
        cost: 1,
        evaluate: row => {
          const value = field.evaluate(row);
          return value === undefined ? mapMissingTo : Number(keyOf(value) === key);
        },
      };
    }
    case 'discretize':
      return compileDiscretize(expression, scope);
    case 'mapValues':
      return compileMapValues(expression, scope);
    case 'apply':
      return compileApply(expression, scope, compileExpression);
    case 'textIndex':
      return compileTextIndex(expression, scope.field(expression.textField), compileExpression(expression.term, scope));
  }
}

const DOUBLE: FieldType = { dataType: 'double', opType: 'continuous' };

function compileConstant({ text, dataType, missing }: Expression & { readonly kind: 'constant' }): Code {
  const type = typeOf(dataType ?? inferType(text));
  const value = missing ? undefined : parseValue(text, type.dataType);
  const isBad = !missing && value === undefined;
  return {
    ...type,
    cost: 1,
    evaluate: () => {
      if (isBad) throw new RowFailure(`the constant "${text.slice(0, 60)}" is not of the type ${type.dataType}`);
      return value;
    },
  };
}

/** The type of a constant that has none: an integer, else a number, else a text, as it is written. */
function inferType(text: string): DataType {
  if (/^[+-]?\d+$/.test(text)) return 'integer';
  return parseValue(text, 'double') === undefined ? 'string' : 'double';
}

function typeOf(dataType: DataType): FieldType {
  return { dataType, opType: familyOf(dataType) === 'number' ? 'continuous' : 'categorical' };
}

/** The value of a line through points, and of its first or last piece beyond them. */
function compileNormContinuous({ field, mapMissingTo, outliers, points }: NormContinuous, scope: Scope): Code {
  const { evaluate } = scope.field(field);
  const line = interpolation(points.map(({ orig, norm }) => ({ x: orig, y: norm })));
  const [first, last] = [points[0]!, points.at(-1)!];
  return {
    ...DOUBLE,
    cost: 2,
    evaluate: row => {
      const value = castValue(evaluate(row), 'double') as number | undefined;
      if (value === undefined) return mapMissingTo;
      if (outliers !== 'asIs' && (value < first.orig || value > last.orig)) {
        if (outliers === 'asMissingValues') return mapMissingTo;
        return value < first.orig ? first.norm : last.norm;
      }
      return line(value);
    },
  };
}

/** Straight pieces through points in the order of their `x`, whose ends go on beyond the points. */
export function interpolation(points: readonly { readonly x: number; readonly y: number }[]): (x: number) => number {
  return x => {
    let [low, high] = [0, points.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (points[middle]!.x <= x) low = middle;
      else high = middle - 1;
    }
    const [from, to] = [points[low]!, points[low + 1]!];
    return from.y + ((x - from.x) / (to.x - from.x)) * (to.y - from.y);
  };
}

function compileDiscretize(expression: Expression & { readonly kind: 'discretize' }, scope: Scope): Code {
  const { evaluate } = scope.field(expression.field);
  const type = typeOf(expression.dataType ?? 'string');
  const parse = (text: string | undefined): Value => (text === undefined ? undefined : parseValue(text, type.dataType));
  const [missing, absent] = [parse(expression.mapMissingTo), parse(expression.defaultValue)];
  const bins = expression.bins.map(({ interval, value }) => ({ interval, value: parse(value) }));
  return {
    dataType: type.dataType,
    opType: 'categorical',
    cost: 1,
    evaluate: row => {
      const value = castValue(evaluate(row), 'double') as number | undefined;
      if (value === undefined) return missing;
      for (const bin of bins) if (contains(bin.interval, value)) return bin.value;
      return absent;
    },
  };
}

function compileMapValues(expression: Expression & { readonly kind: 'mapValues' }, scope: Scope): Code {
  const type = typeOf(expression.dataType ?? 'string');
  const parse = (text: string | undefined): Value => (text === undefined ? undefined : parseValue(text, type.dataType));
  const columns = expression.columns.map(({ field, column }) => ({ code: scope.field(field), column: columnName(column) }));
  const output = columnName(expression.outputColumn);
  const table = new Map<string, Value>();
  for (const row of expression.table.rows) {
    const cells = columns.map(({ column }) => row.get(column));
    if (cells.includes(undefined)) continue;
    const key = JSON.stringify(columns.map(({ code }, i) => cellKey(constantFor(code, cells[i]!))));
    if (!table.has(key)) table.set(key, parse(row.get(output)));
  }
  const [missing, absent] = [parse(expression.mapMissingTo), parse(expression.defaultValue)];
  return {
    dataType: type.dataType,
    opType: 'categorical',
    cost: 1 + columns.length,
    evaluate: row => {
      const keys: string[] = [];
      for (const { code } of columns) {
        const value = code.evaluate(row);
        if (value === undefined) return missing;
        keys.push(cellKey(value));
      }
      const key = JSON.stringify(keys);
      return table.has(key) ? table.get(key) : absent;
    },
  };
}

function cellKey(value: NonNullable<Value>): string {
  return textOf(value);
}
