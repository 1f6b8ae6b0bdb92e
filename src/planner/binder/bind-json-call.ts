import { resolveType } from '../../catalog/resolve-type.js';
import { MillraceError } from '../../common/error.js';
import { formatType, withNullable, type DataType } from '../../spec/data-type.js';
import type { Expression, FunctionCall, JsonClause } from '../../sql/ast/expression.js';
import {
  JSON_ARRAY_ON_NULL,
  JSON_OBJECT_ON_NULL,
  resolveJsonArray,
  resolveJsonObject,
  type JsonConstructClauses,
} from '../functions/json/resolve-json-construct.js';
import {
  JSON_EXISTS_DEFAULTS,
  JSON_QUERY_DEFAULTS,
  JSON_VALUE_DEFAULTS,
  resolveJsonExists,
  resolveJsonQuery,
  resolveJsonValue,
  type JsonExistsClauses,
  type JsonQueryBehavior,
  type JsonQueryClauses,
  type JsonValueClauses,
} from '../functions/json/resolve-json-query.js';
import type { BoundExpression } from '../logical/expression.js';
import type { ExpressionContext } from './binding.js';
import { callFunction, type CallRequest } from './call-function.js';

type JsonForm = (node: FunctionCall, context: ExpressionContext) => Pick<CallRequest, 'args' | 'form'>;

/** The SQL/JSON functions whose calls have clauses, and JSON, which belongs to them. */
const JSON_FORMS: Readonly<Record<string, JsonForm>> = {
  JSON_EXISTS: existsForm,
  JSON_VALUE: valueForm,
  JSON_QUERY: queryForm,
  JSON_OBJECT: constructForm(JSON_OBJECT_ON_NULL, resolveJsonObject),
  JSON_ARRAY: constructForm(JSON_ARRAY_ON_NULL, resolveJsonArray),
  JSON(node) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'JSON(…) stands only as a value of JSON_OBJECT or JSON_ARRAY',
      span: node.span,
      notes: [{ message: 'elsewhere, a text that is JSON needs no function' }],
    });
  },
};

export function isJsonForm(name: string): boolean {
  return Object.hasOwn(JSON_FORMS, name);
}

/**
 * A call for which `isJsonForm` holds.
 *
 * @throws {MillraceError} with a span inside the call.
 */
export function bindJsonCall(name: string, node: FunctionCall, context: ExpressionContext): BoundExpression {
  return callFunction(context.binding, { name, span: node.span, ...JSON_FORMS[name]!(node, context) });
}

/** The event a clause of words is about, and what is to be done. */
interface EventClause {
  readonly event: string;
  readonly behavior: string;
}

function eventOf({ words }: Extract<JsonClause, { kind: 'words' }>): EventClause {
  const [behavior = '', event = ''] = words.split(' ON ');
  return { event, behavior };
}

/** What is said about each event, once; clauses that are about none are given as they are. */
function readClauses(node: FunctionCall): {
  readonly returning: DataType | undefined;
  readonly events: ReadonlyMap<string, string>;
  readonly defaults: ReadonlyMap<string, Expression>;
  readonly words: readonly string[];
} {
  const events = new Map<string, string>();
  const defaults = new Map<string, Expression>();
  const words: string[] = [];
  let returning: DataType | undefined;
  const set = (event: string, behavior: string): void => {
    if (events.has(event)) throw twice(node, `ON ${event}`);
    events.set(event, behavior);
  };
  for (const clause of node.clauses) {
    switch (clause.kind) {
      case 'returning':
        if (returning) throw twice(node, 'RETURNING');
        returning = resolveType(clause.type);
        break;
      case 'default':
        set(clause.on, 'DEFAULT');
        defaults.set(clause.on, clause.value);
        break;
      case 'words': {
        const { event, behavior } = eventOf(clause);
        if (event !== '') set(event, behavior);
        else if (words.length > 0) throw twice(node, 'WRAPPER');
        else words.push(clause.words);
      }
    }
  }
  return { returning, events, defaults, words };
}

function twice(node: FunctionCall, what: string): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message: `${what} stands twice in one call`, span: node.span });
}

function bindArguments(node: FunctionCall, context: ExpressionContext): BoundExpression[] {
  return node.arguments.map(argument => context.binding.bindExpression(argument.value, context));
}

function existsForm(node: FunctionCall, context: ExpressionContext): ReturnType<JsonForm> {
  const { events } = readClauses(node);
  const onError = (events.get('ERROR') ?? JSON_EXISTS_DEFAULTS.onError) as JsonExistsClauses['onError'];
  return {
    args: bindArguments(node, context),
    form: {
      clauses: onError === JSON_EXISTS_DEFAULTS.onError ? [] : [`${onError} ON ERROR`],
      resolve: args => resolveJsonExists(args, { onError }),
    },
  };
}

function valueForm(node: FunctionCall, context: ExpressionContext): ReturnType<JsonForm> {
  const { returning = JSON_VALUE_DEFAULTS.returning, events, defaults } = readClauses(node);
  const args = bindArguments(node, context);
  const clauses: (string | number)[] = returningClause(returning, JSON_VALUE_DEFAULTS.returning);
  const behaviorOf = (event: 'EMPTY' | 'ERROR'): JsonValueClauses['onEmpty'] => {
    const behavior = (events.get(event) ?? 'NULL') as JsonValueClauses['onEmpty'];
    const value = defaults.get(event);
    if (value !== undefined) clauses.push('DEFAULT', args.push(context.binding.bindExpression(value, context)) - 1, `ON ${event}`);
    else if (behavior !== 'NULL') clauses.push(`${behavior} ON ${event}`);
    return behavior;
  };
  const [onEmpty, onError] = [behaviorOf('EMPTY'), behaviorOf('ERROR')];
  return {
    args,
    form: { clauses, resolve: bound => resolveJsonValue(bound, { returning: withNullable(returning, true), onEmpty, onError }) },
  };
}

function queryForm(node: FunctionCall, context: ExpressionContext): ReturnType<JsonForm> {
  const { returning = JSON_QUERY_DEFAULTS.returning, events, words } = readClauses(node);
  const wrapper = wrapperOf(words[0]);
  const onEmpty = (events.get('EMPTY') ?? 'NULL') as JsonQueryBehavior;
  const onError = (events.get('ERROR') ?? 'NULL') as JsonQueryBehavior;
  const clauses = [
    ...returningClause(returning, JSON_QUERY_DEFAULTS.returning),
    ...(wrapper === 'WITHOUT' ? [] : [`WITH ${wrapper} WRAPPER`]),
    ...(onEmpty === 'NULL' ? [] : [`${onEmpty} ON EMPTY`]),
    ...(onError === 'NULL' ? [] : [`${onError} ON ERROR`]),
  ];
  return {
    args: bindArguments(node, context),
    form: { clauses, resolve: args => resolveJsonQuery(args, { returning: withNullable(returning, true), wrapper, onEmpty, onError }) },
  };
}

/** WITH [ARRAY] WRAPPER means UNCONDITIONAL. */
function wrapperOf(words: string | undefined): JsonQueryClauses['wrapper'] {
  if (words === undefined || words.startsWith('WITHOUT')) return 'WITHOUT';
  return words.includes('WITH CONDITIONAL') ? 'CONDITIONAL' : 'UNCONDITIONAL';
}

function returningClause(type: DataType, usual: DataType): string[] {
  const name = formatType(type, 'ignore');
  return name === formatType(usual, 'ignore') ? [] : [`RETURNING ${name}`];
}

function constructForm(
  usual: JsonConstructClauses['onNull'],
  resolve: (args: Parameters<typeof resolveJsonArray>[0], clauses: JsonConstructClauses) => ReturnType<typeof resolveJsonArray>,
): JsonForm {
  return (node, context) => {
    const onNull = (readClauses(node).events.get('NULL') ?? usual) as JsonConstructClauses['onNull'];
    const args = node.arguments.map(({ value }, i) => {
      const isKey = node.name.parts.at(-1)!.name.toUpperCase() === 'JSON_OBJECT' && i % 2 === 0;
      return isKey ? context.binding.bindExpression(value, context) : bindConstructed(value, context);
    });
    const isJson = args.map(each => each.kind === 'call' && JSON_RESULTS.has(each.name));
    return {
      args,
      form: { clauses: onNull === usual ? [] : [`${onNull} ON NULL`], resolve: bound => resolve(bound, { onNull, isJson }) },
    };
  };
}

const JSON_RESULTS: ReadonlySet<string> = new Set(['JSON_OBJECT', 'JSON_ARRAY', 'JSON']);

/** A value of JSON_OBJECT or JSON_ARRAY, where JSON(…) may stand. */
function bindConstructed(value: Expression, context: ExpressionContext): BoundExpression {
  const isJson = value.kind === 'call' && value.name.parts.length === 1 && value.name.parts[0]!.name.toUpperCase() === 'JSON';
  if (!isJson) return context.binding.bindExpression(value, context);
  return callFunction(context.binding, { name: 'JSON', span: value.span, args: bindArguments(value, context) });
}
