import type { Choices } from './choices.js';
import { COMPUTABLE, ExpressionGenerator, type Scope, type ScopeColumn, type Subqueries } from './expressions.js';
import { generateOverCall } from './over-calls.js';
import type { GeneratedTable, ValueType } from './tables.js';

export interface GeneratedQuery {
  readonly sql: string;
  /** Whether the order of the rows is part of the result. */
  readonly isOrdered: boolean;
}

/** A query with what the query around it must know. */
interface Subquery {
  readonly sql: string;
  /** Columns are `c0`, `c1` … */
  readonly types: readonly ValueType[];
  /** No more rows than that. */
  readonly size: number;
}

/** What FROM reads. */
interface Relation {
  readonly sql: string;
  readonly columns: readonly ScopeColumn[];
  readonly size: number;
}

interface QueryOptions {
  /** Types of the columns; absent for any. */
  readonly types?: readonly ValueType[];
  /** Columns of the queries around. */
  readonly outer: readonly ScopeColumn[];
  /** How deep queries may nest in it. */
  readonly depth: number;
}

/** Rows that a join may give at most, so that a nest of joins stays small. */
const MAX_SIZE = 4_000;

/** Random queries over tables, with a known meaning in both engines. */
export class QueryGenerator implements Subqueries {
  readonly #choices: Choices;
  readonly #tables: readonly GeneratedTable[];
  readonly #expressions: ExpressionGenerator;
  #aliases = 0;

  constructor(tables: readonly GeneratedTable[], choices: Choices) {
    this.#choices = choices;
    this.#tables = tables;
    this.#expressions = new ExpressionGenerator(choices, this);
  }

  query(): GeneratedQuery {
    const query = this.#body({ outer: [], depth: 2 });
    if (!this.#choices.chance(40)) return { sql: query.sql, isOrdered: false };
    return { sql: this.#ordered(query), isOrdered: true };
  }

  scalar(type: ValueType, { columns, outer }: Scope, depth: number): string {
    const choices = this.#choices;
    const around = [...outer, ...namedFromWithin(columns)];
    if (choices.chance(30)) {
      const { sql } = this.#body({ types: [type], outer: around, depth: depth - 1 });
      return `(SELECT c0 FROM (${sql}) AS ${this.#alias()} ORDER BY c0 ${this.#direction()} LIMIT 1)`;
    }
    const from = this.#from({ outer: around, depth: depth - 1 });
    return `(SELECT ${this.#aggregate(type, from)} AS c0 FROM ${from.sql}${this.#where(from, around, depth)})`;
  }

  column(type: ValueType, scope: Scope, depth: number): string {
    return this.#body({ types: [type], outer: [...scope.outer, ...namedFromWithin(scope.columns)], depth: depth - 1 }).sql;
  }

  any(scope: Scope, depth: number): string {
    return this.#body({ outer: [...scope.outer, ...namedFromWithin(scope.columns)], depth: depth - 1 }).sql;
  }

  #body(options: QueryOptions): Subquery {
    const choices = this.#choices;
    const { depth, outer } = options;
    if (depth > 0 && choices.chance(20)) return this.#setOperation(options);
    if (depth > 0 && choices.chance(12)) {
      const inner = this.#body({ ...options, depth: depth - 1 });
      return { ...inner, sql: `SELECT * FROM (${this.#ordered(inner)}) AS ${this.#alias()}` };
    }
    const from = this.#from({ outer, depth });
    if (choices.chance(12)) return this.#over(from, options);
    return choices.chance(30) ? this.#grouped(from, options) : this.#plain(from, options);
  }

  #plain(from: Relation, { types, outer, depth }: QueryOptions): Subquery {
    const choices = this.#choices;
    const scope: Scope = { columns: from.columns, outer, subqueries: depth > 0 };
    const wanted = types ?? this.#someTypes(from.columns);
    const items = wanted.map((type, i) => `${this.#expressions.value(type, scope, 2)} AS c${i}`);
    const distinct = choices.chance(20) ? 'DISTINCT ' : '';
    return {
      sql: `SELECT ${distinct}${items.join(', ')} FROM ${from.sql}${this.#where(from, outer, depth)}`,
      types: wanted,
      size: from.size,
    };
  }

  #over(from: Relation, { types, outer, depth }: QueryOptions): Subquery {
    const wanted = types ?? this.#someTypes(from.columns);
    const scope: Scope = { columns: from.columns, outer: [], subqueries: false };
    const items = wanted.map((type, i) => {
      const call = this.#choices.chance(70) ? generateOverCall(type, from.columns, this.#choices) : undefined;
      return `${call ?? this.#expressions.leaf(type, scope)} AS c${i}`;
    });
    return { sql: `SELECT ${items.join(', ')} FROM ${from.sql}${this.#where(from, outer, depth)}`, types: wanted, size: from.size };
  }

  /** Aggregates are over columns of their own query: one over outer columns alone would belong to the outer query. */
  #grouped(from: Relation, { types, outer, depth }: QueryOptions): Subquery {
    const choices = this.#choices;
    const groupable = from.columns.filter(({ type }) => type !== 'INTS' && type !== 'STRINGS');
    const keys = [...new Set(Array.from({ length: choices.below(3) }, () => groupable[choices.below(groupable.length)]))].flatMap(
      key => key ?? [],
    );
    const result = (type: ValueType): string => {
      const own = keys.filter(key => key.type === type);
      if (own.length > 0 && choices.chance(60)) return choices.pick(own).text;
      if (choices.chance(12)) return this.#expressions.value(type, { columns: keys, outer, subqueries: depth > 0 }, 2);
      return this.#aggregate(type, from);
    };
    const wanted = types ?? [
      ...keys.map(key => key.type as ValueType),
      ...this.#someTypes([]),
      ...(choices.chance(25) ? (['AVERAGE'] as const) : []),
    ];
    const items = wanted.map((type, i) => `${result(type)} AS c${i}`);
    const by = keys.length > 0 ? ` GROUP BY ${this.#groupBy(keys.map(key => key.text))}` : '';
    const type = choices.pick(COMPUTABLE);
    const having = choices.chance(25)
      ? ` HAVING ${result(type)} ${choices.pick(['=', '<>', '<', '>='])} ${this.#expressions.leaf(type, { columns: keys, outer, subqueries: false })}`
      : '';
    return {
      sql: `SELECT ${items.join(', ')} FROM ${from.sql}${this.#where(from, outer, depth)}${by}${having}`,
      types: wanted,
      size: keys.length === 0 ? 1 : 2 * from.size,
    };
  }

  /** Without the empty set: of no rows Flink makes no group for it, and DuckDB one. */
  #groupBy(keys: readonly string[]): string {
    const [first, second] = keys;
    if (second === undefined || !this.#choices.chance(40)) return keys.join(', ');
    return this.#choices.pick([
      `GROUPING SETS ((${first}), (${second}))`,
      `GROUPING SETS ((${first}, ${second}), (${first}))`,
      `${first}, ROLLUP (${second})`,
      `${second}, CUBE (${first})`,
    ]);
  }

  #aggregate(type: ValueType, { columns }: Relation): string {
    const choices = this.#choices;
    const scope: Scope = { columns, outer: [], subqueries: false };
    const argument = (of: ValueType): string => `${choices.chance(25) ? 'DISTINCT ' : ''}${this.#expressions.value(of, scope, 1)}`;
    const filter = choices.chance(15) ? ` FILTER (WHERE ${this.#expressions.condition(scope, 1)})` : '';
    return `${this.#call(type, argument)}${filter}`;
  }

  #call(type: ValueType, argument: (type: ValueType) => string): string {
    const choices = this.#choices;
    switch (type) {
      case 'AVERAGE':
        return `AVG(${argument('DOUBLE')})`;
      case 'BIGINT':
        if (choices.chance(60)) return choices.chance(50) ? 'COUNT(*)' : `COUNT(${argument(choices.pick(COMPUTABLE))})`;
        break;
      case 'INT':
      case 'DOUBLE':
      case 'DECIMAL':
        if (choices.chance(50)) return `SUM(${argument(type)})`;
    }
    return `${choices.pick(['MIN', 'MAX'])}(${argument(type)})`;
  }

  #setOperation({ types, outer, depth }: QueryOptions): Subquery {
    const choices = this.#choices;
    const left = this.#body({ ...(types && { types }), outer, depth: depth - 1 });
    const right = this.#body({ types: left.types, outer, depth: depth - 1 });
    const operator = `${choices.pick(['UNION', 'INTERSECT', 'EXCEPT'])}${choices.chance(50) ? ' ALL' : ''}`;
    const alias = this.#alias();
    const names = left.types.map((_, i) => `${alias}.c${i}`).join(', ');
    const sql = `(${left.sql}) ${operator} (${right.sql})`;
    return { sql: `SELECT ${names} FROM (${sql}) AS ${alias}`, types: left.types, size: left.size + right.size };
  }

  /** Ordered by all its columns, so that equal rows alone stand in no order; with or without a limit. */
  #ordered({ sql, types }: Subquery): string {
    const choices = this.#choices;
    const keys = types.map((_, i) => ({ text: `c${i}`, place: choices.below(100) })).toSorted((a, b) => a.place - b.place);
    const order = keys.map(({ text }) => `${text} ${this.#direction()}`).join(', ');
    const limit = choices.chance(60) ? ` LIMIT ${choices.below(6)}${choices.chance(40) ? ` OFFSET ${choices.below(4)}` : ''}` : '';
    return `SELECT * FROM (${sql}) AS ${this.#alias()} ORDER BY ${order}${limit}`;
  }

  #direction(): string {
    return `${this.#choices.pick(['ASC', 'DESC'])} NULLS ${this.#choices.pick(['FIRST', 'LAST'])}`;
  }

  #where({ columns }: Relation, outer: readonly ScopeColumn[], depth: number): string {
    if (!this.#choices.chance(outer.length > 0 ? 75 : 35)) return '';
    return ` WHERE ${this.#expressions.condition({ columns, outer, subqueries: depth > 0 }, 2)}`;
  }

  #from(options: QueryOptions): Relation {
    const choices = this.#choices;
    let relation = this.#relation(options);
    if (choices.chance(8)) return this.#using(relation) ?? relation;
    for (let joins = choices.pick([0, 0, 1, 1, 2]); joins > 0; joins--) relation = this.#joined(relation, options) ?? relation;
    return relation;
  }

  #relation({ outer, depth }: QueryOptions): Relation {
    if (depth <= 0 || !this.#choices.chance(25)) return this.#table();
    if (this.#choices.chance(15)) return this.#values();
    return this.#derived(this.#body({ outer: this.#choices.chance(30) ? outer : [], depth: depth - 1 }));
  }

  #table(): Relation {
    const { name, columns, rows } = this.#choices.pick(this.#tables);
    const alias = this.#alias();
    return {
      sql: `${name} AS ${alias}`,
      columns: columns.map(column => ({ text: `${alias}.${column.name}`, type: column.type })),
      size: rows.length,
    };
  }

  #values(): Relation {
    const types = this.#someTypes([]);
    const alias = this.#alias();
    const rows = Array.from({ length: 1 + this.#choices.below(3) }, () =>
      types.map(type => this.#expressions.leaf(type, { columns: [], outer: [], subqueries: false })),
    );
    const names = types.map((_, i) => `c${i}`);
    return {
      sql: `(VALUES ${rows.map(row => `(${row.join(', ')})`).join(', ')}) AS ${alias} (${names.join(', ')})`,
      columns: types.map((type, i) => ({ text: `${alias}.c${i}`, type })),
      size: rows.length,
    };
  }

  #derived({ sql, types, size }: Subquery, lateral = ''): Relation {
    const alias = this.#alias();
    return { sql: `${lateral}(${sql}) AS ${alias}`, columns: types.map((type, i) => ({ text: `${alias}.c${i}`, type })), size };
  }

  /** The columns that both sides name alike are one; nothing is joined to that, since their names stand alone. */
  #using(left: Relation): Relation | undefined {
    const right = this.#table();
    const bare = ({ text }: ScopeColumn): string => text.slice(text.indexOf('.') + 1);
    const shared = left.columns.filter(column =>
      right.columns.some(other => bare(other) === bare(column) && isUsable(column) && isUsable(other)),
    );
    if (shared.length === 0) return undefined;
    const used = shared.slice(0, 1 + this.#choices.below(Math.min(2, shared.length)));
    const names = used.map(bare);
    const type = (column: ScopeColumn): ScopeColumn['type'] => {
      const other = right.columns.find(each => bare(each) === bare(column))!.type;
      return column.type === other || other === 'INT' ? column.type : other;
    };
    const rest = [...left.columns, ...right.columns].filter(column => !names.includes(bare(column)));
    return {
      sql: `${left.sql} ${this.#choices.pick(['', 'LEFT ', 'RIGHT ', 'FULL '])}JOIN ${right.sql} USING (${names.join(', ')})`,
      columns: [...used.map(column => ({ text: bare(column), type: type(column) })), ...rest],
      size: left.size * right.size + left.size + right.size,
    };
  }

  #joined(left: Relation, options: QueryOptions): Relation | undefined {
    const choices = this.#choices;
    const collections = left.columns.filter(({ type }) => type === 'INTS' || type === 'STRINGS');
    if (collections.length > 0 && choices.chance(50)) return this.#unnested(left, choices.pick(collections));
    if (options.depth > 0 && choices.chance(15)) return this.#lateral(left, options);
    const right = this.#relation(options);
    const size = left.size * right.size + left.size + right.size;
    if (size > MAX_SIZE) return undefined;
    const join = choices.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN']);
    const columns = [...left.columns, ...right.columns];
    const on = join === 'CROSS JOIN' ? '' : ` ON ${this.#on(left, right, { join, outer: options.outer, depth: options.depth })}`;
    return { sql: `${left.sql} ${join} ${right.sql}${on}`, columns, size };
  }

  /** Mostly an equality of both sides and something else. Subqueries are run in ON of an inner join only. */
  #on(left: Relation, right: Relation, { join, outer, depth }: { join: string; outer: readonly ScopeColumn[]; depth: number }): string {
    const choices = this.#choices;
    const isInner = join === 'JOIN';
    const scope: Scope = { columns: [...left.columns, ...right.columns], outer: isInner ? outer : [], subqueries: isInner && depth > 0 };
    const pairs = left.columns.flatMap(a =>
      right.columns.flatMap(b => (a.type === b.type && isUsable(a) ? [`${a.text} = ${b.text}`] : [])),
    );
    if (pairs.length === 0 || choices.chance(20)) return this.#expressions.condition(scope, 1);
    const equality = choices.pick(pairs);
    if (choices.chance(10)) return equality.replace(' = ', ' IS NOT DISTINCT FROM ');
    return choices.chance(40) ? `${equality} AND ${this.#expressions.condition(scope, 1)}` : equality;
  }

  #unnested(left: Relation, { text, type }: ScopeColumn): Relation {
    const alias = this.#alias();
    const element: ScopeColumn = { text: `${alias}.x`, type: type === 'INTS' ? 'INT' : 'STRING' };
    const isLeft = this.#choices.chance(40);
    const isNumbered = !isLeft && this.#choices.chance(30);
    const unnest = `UNNEST(${text}) ${isNumbered ? 'WITH ORDINALITY ' : ''}AS ${alias} (x${isNumbered ? ', o' : ''})`;
    return {
      sql: `${left.sql} ${isLeft ? 'LEFT' : 'CROSS'} JOIN ${unnest}${isLeft ? ' ON TRUE' : ''}`,
      columns: [...left.columns, element, ...(isNumbered ? [{ text: `${alias}.o`, type: 'BIGINT' as const }] : [])],
      size: left.size * 3,
    };
  }

  /** The right side names columns of the left one. */
  #lateral(left: Relation, { outer, depth }: QueryOptions): Relation | undefined {
    const inner = this.#body({ outer: [...outer, ...namedFromWithin(left.columns)], depth: depth - 1 });
    const size = left.size * (inner.size + 1);
    if (size > MAX_SIZE) return undefined;
    const sql = this.#choices.chance(50) ? inner.sql : this.#ordered(inner);
    const right = this.#derived({ ...inner, sql }, 'LATERAL ');
    const columns = [...left.columns, ...right.columns];
    const join = this.#choices.pick(['CROSS JOIN', 'LEFT JOIN', 'JOIN']);
    const condition = this.#choices.chance(30) ? this.#expressions.condition({ columns, outer: [], subqueries: false }, 1) : 'TRUE';
    return { sql: `${left.sql} ${join} ${right.sql}${join === 'CROSS JOIN' ? '' : ` ON ${condition}`}`, columns, size };
  }

  /** One to three types, mostly those of columns. */
  #someTypes(columns: readonly ScopeColumn[]): ValueType[] {
    const own = columns.flatMap(({ type }) => (type === 'INTS' || type === 'STRINGS' ? [] : [type]));
    return Array.from({ length: 1 + this.#choices.below(3) }, () =>
      own.length > 0 && this.#choices.chance(80) ? this.#choices.pick(own) : this.#choices.pick(COMPUTABLE),
    );
  }

  #alias(): string {
    return `a${this.#aliases++}`;
  }
}

function isUsable({ type }: ScopeColumn): boolean {
  return type !== 'INTS' && type !== 'STRINGS' && type !== 'AVERAGE';
}

/** The columns whose names no table of a subquery can hide: those of USING have no table of their own. */
function namedFromWithin(columns: readonly ScopeColumn[]): readonly ScopeColumn[] {
  return columns.filter(({ text }) => text.includes('.'));
}
