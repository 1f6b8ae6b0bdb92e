import type { Choices } from './choices.js';
import { LITERALS, type ColumnType, type ValueType } from './tables.js';

/** A column that an expression may name. */
export interface ScopeColumn {
  readonly text: string;
  readonly type: ColumnType | 'AVERAGE';
}

/** What an expression may stand on. */
export interface Scope {
  readonly columns: readonly ScopeColumn[];
  /** Columns of the queries around, which are named less often. */
  readonly outer: readonly ScopeColumn[];
  /** Whether a subquery may stand here. */
  readonly subqueries: boolean;
}

/** Subqueries as parts of expressions; each takes how deep it may nest. */
export interface Subqueries {
  scalar(type: ValueType, scope: Scope, depth: number): string;
  /** Of one column. */
  column(type: ValueType, scope: Scope, depth: number): string;
  any(scope: Scope, depth: number): string;
}

export const COMPUTABLE: readonly Exclude<ValueType, 'AVERAGE'>[] = [
  'INT',
  'STRING',
  'BOOLEAN',
  'BIGINT',
  'DOUBLE',
  'DECIMAL',
  'DATE',
  'TIMESTAMP',
];

const NULLS: Readonly<Record<ValueType, string>> = {
  INT: 'CAST(NULL AS INT)',
  BIGINT: 'CAST(NULL AS BIGINT)',
  DOUBLE: 'CAST(NULL AS DOUBLE)',
  AVERAGE: 'CAST(NULL AS DOUBLE)',
  STRING: 'CAST(NULL AS VARCHAR(9))',
  BOOLEAN: 'CAST(NULL AS BOOLEAN)',
  DECIMAL: 'CAST(NULL AS DECIMAL(10, 2))',
  DATE: 'CAST(NULL AS DATE)',
  TIMESTAMP: 'CAST(NULL AS TIMESTAMP)',
};

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];

/** Random expressions of a wanted type. */
export class ExpressionGenerator {
  readonly #choices: Choices;
  readonly #subqueries: Subqueries;

  constructor(choices: Choices, subqueries: Subqueries) {
    this.#choices = choices;
    this.#subqueries = subqueries;
  }

  /** @param depth how deep it may nest. */
  value(type: ValueType, scope: Scope, depth: number): string {
    const choices = this.#choices;
    if (type === 'AVERAGE' || depth <= 0 || !choices.chance(55)) return this.leaf(type, scope);
    const of = (other: ValueType): string => this.value(other, scope, depth - 1);
    if (scope.subqueries && choices.chance(10)) return this.#subqueries.scalar(type, scope, depth - 1);
    switch (choices.below(4)) {
      case 0:
        return this.#computed(type, of);
      case 1:
        return `CASE WHEN ${of('BOOLEAN')} THEN ${of(type)} ${choices.chance(70) ? `ELSE ${of(type)} ` : ''}END`;
      case 2:
        return `COALESCE(${of(type)}, ${of(type)})`;
      default:
        return type === 'BOOLEAN' ? this.#condition(scope, depth) : `NULLIF(${of(type)}, ${of(type)})`;
    }
  }

  condition(scope: Scope, depth: number): string {
    return depth <= 0 ? this.#comparison(scope, 0) : this.#condition(scope, depth);
  }

  leaf(type: ValueType, { columns, outer }: Scope): string {
    const choices = this.#choices;
    const named = (from: readonly ScopeColumn[]): readonly ScopeColumn[] => from.filter(column => column.type === type);
    const [own, around] = [named(columns), named(outer)];
    if (around.length > 0 && choices.chance(own.length === 0 ? 60 : 25)) return choices.pick(around).text;
    if (own.length > 0 && !choices.chance(20)) return choices.pick(own).text;
    return type === 'AVERAGE' || choices.chance(7) ? NULLS[type] : choices.pick(LITERALS[type]);
  }

  /** Numbers stay small, so no engine overflows: where it does, Flink wraps and DuckDB fails. */
  #computed(type: Exclude<ValueType, 'AVERAGE'>, of: (type: ValueType) => string): string {
    const choices = this.#choices;
    switch (type) {
      case 'INT':
        return choices.pick([
          () => `(${of('INT')} + ${of('INT')})`,
          () => `(${of('INT')} - ${of('INT')})`,
          () => `(${choices.pick(['2', '-1', '0'])} * ${of('INT')})`,
          () => `MOD(${of('INT')}, 3)`,
          () => `ABS(${of('INT')})`,
          () => `CHAR_LENGTH(${of('STRING')})`,
        ])();
      case 'BIGINT':
        return choices.pick([
          () => `(${of('BIGINT')} + ${of('INT')})`,
          () => `(${of('INT')} - ${of('BIGINT')})`,
          () => `CAST(${of('INT')} AS BIGINT)`,
          () => `MOD(${of('BIGINT')}, 2)`,
        ])();
      case 'DOUBLE':
        return choices.pick([
          () => `(${of('DOUBLE')} + ${of('DOUBLE')})`,
          () => `(${of('DOUBLE')} - ${of('INT')})`,
          () => `CAST(${of('INT')} AS DOUBLE)`,
          () => `ABS(${of('DOUBLE')})`,
        ])();
      case 'STRING':
        return choices.pick([
          () => `(${of('STRING')} || ${of('STRING')})`,
          () => `UPPER(${of('STRING')})`,
          () => `SUBSTRING(${of('STRING')}, 1, 1)`,
          () => `CAST(${of('INT')} AS VARCHAR(20))`,
        ])();
      case 'DECIMAL':
        return choices.pick([
          () => `(${of('DECIMAL')} + ${of('DECIMAL')})`,
          () => `(${of('INT')} - ${of('DECIMAL')})`,
          () => `(${choices.pick(['2', '0.5'])} * ${of('DECIMAL')})`,
        ])();
      case 'DATE':
        return `CAST(${of('TIMESTAMP')} AS DATE)`;
      case 'TIMESTAMP':
        return `CAST(${of('DATE')} AS TIMESTAMP)`;
      case 'BOOLEAN':
        return `(${of('BOOLEAN')} = ${of('BOOLEAN')})`;
    }
  }

  #condition(scope: Scope, depth: number): string {
    const choices = this.#choices;
    const next = (): string => this.condition(scope, depth - 1);
    if (scope.subqueries && choices.chance(18)) return this.#subqueryCondition(scope, depth);
    switch (choices.below(6)) {
      case 0:
      case 1:
        return this.#comparison(scope, depth - 1);
      case 2:
        return `(${next()} AND ${next()})`;
      case 3:
        return `(${next()} OR ${next()})`;
      case 4:
        return `NOT (${next()})`;
      default:
        return `((${next()}) IS ${choices.chance(40) ? 'NOT ' : ''}${choices.pick(['TRUE', 'FALSE', 'NULL'])})`;
    }
  }

  #subqueryCondition(scope: Scope, depth: number): string {
    const choices = this.#choices;
    const not = choices.chance(45) ? 'NOT ' : '';
    if (choices.chance(40)) return `${not}EXISTS (${this.#subqueries.any(scope, depth - 1)})`;
    const type = choices.pick(COMPUTABLE);
    const operand = this.value(type, { ...scope, subqueries: false }, 1);
    return `(${operand} ${not}IN (${this.#subqueries.column(type, scope, depth - 1)}))`;
  }

  #comparison(scope: Scope, depth: number): string {
    const choices = this.#choices;
    const type = this.#likelyType(scope);
    const side = (): string => this.value(type, scope, depth);
    switch (choices.below(7)) {
      case 0:
      case 1:
      case 2:
        return `(${side()} ${choices.pick(COMPARISONS)} ${this.#comparable(type, scope, depth)})`;
      case 3:
        return `(${side()} IS ${choices.chance(50) ? 'NOT ' : ''}${choices.chance(50) ? 'NULL' : `DISTINCT FROM ${side()}`})`;
      case 4:
        return `(${side()} ${choices.chance(40) ? 'NOT ' : ''}BETWEEN ${side()} AND ${side()})`;
      case 5:
        return `(${side()} ${choices.chance(40) ? 'NOT ' : ''}IN (${side()}, ${side()}, ${this.leaf(type, scope)}))`;
      default:
        if (type !== 'STRING') return `(${side()} = ${side()})`;
        return `(${side()} ${choices.chance(40) ? 'NOT ' : ''}LIKE ${choices.pick(["'a%'", "'_'", "'%b'", "''", "'%'"])})`;
    }
  }

  /** A number compares with a number of any type. */
  #comparable(type: ValueType, scope: Scope, depth: number): string {
    const other: ValueType = type === 'INT' && this.#choices.chance(25) ? this.#choices.pick(['BIGINT', 'DOUBLE', 'DECIMAL']) : type;
    return this.value(other, scope, depth);
  }

  /** Mostly that of a column. */
  #likelyType({ columns }: Scope): ValueType {
    const types = columns.flatMap(({ type }) => (type === 'INTS' || type === 'STRINGS' || type === 'AVERAGE' ? [] : [type]));
    return types.length > 0 && !this.#choices.chance(15) ? this.#choices.pick(types) : this.#choices.pick(COMPUTABLE);
  }
}
