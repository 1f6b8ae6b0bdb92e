import type { Argument, Expression, FrameBound, FunctionCall, JsonClause, WindowFrame, WindowSpec } from '../ast/expression.js';
import { isOverlaps, PRECEDENCE, precedenceOf } from '../precedence.js';
import { fits, indented, printBlock, type Layout } from './layout.js';
import { printFunctionName, printIdentifier, printObjectName, quoteName } from './name.js';
import { printWithin } from './operand.js';
import { printOrderBy } from './order.js';
import { printType } from './type.js';

/** A call with its clauses. */
export function printCall(call: FunctionCall, layout: Layout): string {
  const parts = [
    printHead(call, layout),
    ...(call.withinGroup.length === 0 ? [] : [`WITHIN GROUP (${printOrderBy(call.withinGroup, layout)})`]),
    ...(call.filter === undefined ? [] : [`FILTER (WHERE ${layout.expression(call.filter, layout)})`]),
    ...(call.over === undefined
      ? []
      : [`OVER ${call.over.kind === 'identifier' ? printIdentifier(call.over) : printWindowSpec(call.over, layout)}`]),
  ];
  return parts.join(' ');
}

function printHead(call: FunctionCall, layout: Layout): string {
  if (call.syntax === 'bare') return printPlainName(call);
  if (isOverlaps(call)) return printOverlaps(call, layout);
  if (call.syntax === 'keyword') return `${printPlainName(call)}(${printKeywordArguments(call, layout)})`;
  const name = isReadByName(call) && !hasPlainArguments(call) ? quoteName(call.name.parts[0]!.name) : printFunctionName(call.name);
  return `${name}${printArguments(call, layout)}`;
}

function printOverlaps({ arguments: args }: FunctionCall, layout: Layout): string {
  const [a, b, c, d] = args.map(argument => layout.expression(argument.value, layout));
  return `(${a}, ${b}) OVERLAPS (${c}, ${d})`;
}

/** In one line where they fit, else one argument on each. */
function printArguments({ distinct, arguments: args, clauses }: FunctionCall, layout: Layout): string {
  const inner = indented(layout);
  const texts = args.map(argument => printArgument(argument, inner));
  const inline = [
    ...(distinct ? ['DISTINCT'] : []),
    ...(texts.length === 0 ? [] : [texts.join(', ')]),
    ...printClauses(clauses, inner),
  ].join(' ');
  if (fits(inline, layout) || distinct || clauses.length > 0) return `(${inline})`;
  return printBlock(texts, layout);
}

/** Functions whose productions read plain arguments too, but not all that other calls may have. */
const READ_BY_NAME: ReadonlySet<string> = new Set([
  'CEIL',
  'CEILING',
  'FLOOR',
  'SUBSTRING',
  'OVERLAY',
  'POSITION',
  'TRIM',
  'JSON_EXISTS',
  'JSON_VALUE',
  'JSON_QUERY',
  'JSON_ARRAY',
  'JSON_ARRAYAGG',
]);

function isReadByName({ name }: FunctionCall): boolean {
  return name.parts.length === 1 && READ_BY_NAME.has(name.parts[0]!.name);
}

function hasPlainArguments({ name, distinct, arguments: args, clauses }: FunctionCall): boolean {
  const loosest = name.parts[0]!.name === 'POSITION' ? PRECEDENCE.additive : PRECEDENCE.lowest;
  const hasNullTreatment = clauses.some(clause => clause.kind === 'words' && clause.words.endsWith(' NULLS'));
  return (
    !distinct &&
    !hasNullTreatment &&
    args.every(argument => argument.name === undefined && isPlain(argument.value) && precedenceOf(argument.value) >= loosest)
  );
}

function isPlain({ kind }: Expression): boolean {
  return kind !== 'star' && kind !== 'table-argument' && kind !== 'model-argument' && kind !== 'descriptor' && kind !== 'default-argument';
}

function printPlainName(call: FunctionCall): string {
  return call.name.parts.length === 1 ? call.name.parts[0]!.name : printObjectName(call.name);
}

function printArgument({ name, value }: Argument, layout: Layout): string {
  const text = layout.expression(value, layout);
  return name === undefined ? text : `${printIdentifier(name)} => ${text}`;
}

/** The arguments of the functions with a syntax of their own, whose units and sides are held as strings. */
function printKeywordArguments({ name, arguments: args, clauses }: FunctionCall, layout: Layout): string {
  const word = (i: number): string => keyword(args[i]?.value);
  const value = (i: number): string => layout.expression(args[i]!.value, layout);
  switch (name.parts[0]!.name) {
    case 'EXTRACT':
      return `${word(0)} FROM ${value(1)}`;
    case 'CEIL':
    case 'CEILING':
    case 'FLOOR':
      return `${value(0)} TO ${word(1)}`;
    case 'SUBSTRING':
      return `${value(0)} FROM ${value(1)}${args.length > 2 ? ` FOR ${value(2)}` : ''}`;
    case 'OVERLAY':
      return `${value(0)} PLACING ${value(1)} FROM ${value(2)}${args.length > 3 ? ` FOR ${value(3)}` : ''}`;
    case 'POSITION':
      return args.map(argument => printWithin(argument.value, PRECEDENCE.additive, layout)).join(' IN ');
    case 'TRIM':
      return `${word(0)} ${value(1)} FROM ${value(2)}`;
    case 'TIMESTAMPADD':
    case 'TIMESTAMPDIFF':
      return `${word(0)}, ${value(1)}, ${value(2)}`;
    default:
      return [printEntries(args, layout), ...printClauses(clauses, layout)].filter(Boolean).join(' ');
  }
}

function keyword(expression: Expression | undefined): string {
  return expression?.kind === 'string' ? expression.value : '';
}

/** `KEY 'a' VALUE b, KEY 'c' VALUE d`. */
function printEntries(args: readonly Argument[], layout: Layout): string {
  const texts = args.map(argument => layout.expression(argument.value, layout));
  return texts.flatMap((text, i) => (i % 2 === 0 ? [`KEY ${text} VALUE ${texts[i + 1] ?? 'NULL'}`] : [])).join(', ');
}

function printClauses(clauses: readonly JsonClause[], layout: Layout): string[] {
  return clauses.map(clause => {
    switch (clause.kind) {
      case 'returning':
        return `RETURNING ${printType(clause.type)}`;
      case 'default':
        return `DEFAULT ${layout.expression(clause.value, layout)} ON ${clause.on}`;
      case 'words':
        return clause.words;
    }
  });
}

/** `(PARTITION BY a ORDER BY b ROWS …)`. */
export function printWindowSpec({ partitionBy, orderBy, frame }: WindowSpec, layout: Layout): string {
  const parts = [
    ...(partitionBy.length === 0 ? [] : [`PARTITION BY ${partitionBy.map(each => layout.expression(each, layout)).join(', ')}`]),
    ...(orderBy.length === 0 ? [] : [printOrderBy(orderBy, layout)]),
    ...(frame === undefined ? [] : [printFrame(frame, layout)]),
  ];
  return `(${parts.join(' ')})`;
}

function printFrame({ unit, start, end }: WindowFrame, layout: Layout): string {
  if (end === undefined) return `${unit} ${printBound(start, layout)}`;
  return `${unit} BETWEEN ${printBound(start, layout)} AND ${printBound(end, layout)}`;
}

function printBound(bound: FrameBound, layout: Layout): string {
  if ('offset' in bound)
    return `${printWithin(bound.offset, PRECEDENCE.additive, layout)} ${bound.kind === 'preceding' ? 'PRECEDING' : 'FOLLOWING'}`;
  return bound.kind.replace('-', ' ').toUpperCase();
}
