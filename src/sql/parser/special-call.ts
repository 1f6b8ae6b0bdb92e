import type { Argument, Expression, FunctionCall, StringLiteral } from '../ast/expression.js';
import { finishCall, keywordName } from './call.js';
import type { Cursor } from './cursor.js';
import { JSON_CALLS } from './json-call.js';

/** Reads a call in the syntax of its own; `undefined`, with nothing read, where what follows is a plain call or a name. */
type SpecialProduction = (cursor: Cursor) => FunctionCall | undefined;

/** Functions with a syntax of their own, by name. */
export const SPECIAL_CALLS: ReadonlyMap<string, SpecialProduction> = new Map<string, SpecialProduction>([
  ...['CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP', 'CURRENT_CATALOG', 'CURRENT_USER'].map(
    name => [name, parseBareCall] as const,
  ),
  ['EXTRACT', parseExtract],
  ['CEIL', parseRounding],
  ['CEILING', parseRounding],
  ['FLOOR', parseRounding],
  ['SUBSTRING', parseSubstring],
  ['OVERLAY', parseOverlay],
  ['POSITION', parsePosition],
  ['TRIM', parseTrim],
  ['TIMESTAMPADD', parseTimestampArithmetic],
  ['TIMESTAMPDIFF', parseTimestampArithmetic],
  ...JSON_CALLS,
]);

const TIME_UNITS = [
  'YEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
  'MILLISECOND',
  'MICROSECOND',
  'NANOSECOND',
  'EPOCH',
  'DOW',
  'DOY',
  'ISODOW',
  'ISOYEAR',
  'DECADE',
  'CENTURY',
  'MILLENNIUM',
];

/*
  bareCall := CURRENT_DATE | CURRENT_TIME | CURRENT_TIMESTAMP | LOCALTIME | LOCALTIMESTAMP | CURRENT_CATALOG | CURRENT_USER
*/
function parseBareCall(cursor: Cursor): FunctionCall | undefined {
  if (cursor.peek(1).key === '(') return undefined;
  const { key, span } = cursor.take();
  return finishCall(cursor, span.start, { name: keywordName(key, span), arguments: [], syntax: 'bare' });
}

/*
  extract := EXTRACT '(' timeUnit FROM expression ')'
*/
function parseExtract(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const unit = parseTimeUnit(cursor);
    cursor.expect('FROM');
    return ['keyword', unit, expression(cursor)];
  });
}

/*
  rounding := (CEIL | CEILING | FLOOR) '(' expression (TO timeUnit | {',' expression}) ')'
*/
function parseRounding(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const args = parsePlainArguments(cursor);
    return args.length === 1 && cursor.accept('TO') ? ['keyword', ...args, parseTimeUnit(cursor)] : ['call', ...args];
  });
}

/*
  substring := SUBSTRING '(' expression (FROM expression [FOR expression] | {',' expression}) ')'
*/
function parseSubstring(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const args = parsePlainArguments(cursor);
    if (args.length > 1 || !cursor.accept('FROM')) return ['call', ...args];
    args.push(expression(cursor));
    if (cursor.accept('FOR')) args.push(expression(cursor));
    return ['keyword', ...args];
  });
}

/*
  overlay := OVERLAY '(' expression (PLACING expression FROM expression [FOR expression] | {',' expression}) ')'
*/
function parseOverlay(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const args = parsePlainArguments(cursor);
    if (args.length > 1 || !cursor.accept('PLACING')) return ['call', ...args];
    args.push(expression(cursor));
    cursor.expect('FROM');
    args.push(expression(cursor));
    if (cursor.accept('FOR')) args.push(expression(cursor));
    return ['keyword', ...args];
  });
}

/*
  position := POSITION '(' additive (IN additive | {',' additive}) ')'
*/
function parsePosition(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const args = cursor.list(() => cursor.grammar.additive(cursor), ')');
    return args.length === 1 && cursor.accept('IN') ? ['keyword', ...args, cursor.grammar.additive(cursor)] : ['call', ...args];
  });
}

/*
  trim := TRIM '(' ([BOTH | LEADING | TRAILING] [expression] FROM expression | expression {',' expression}) ')'
*/
function parseTrim(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const { token } = cursor;
    const side = ['BOTH', 'LEADING', 'TRAILING'].find(each => cursor.accept(each));
    if (side === undefined) {
      const args = parsePlainArguments(cursor);
      return args.length === 1 && cursor.accept('FROM')
        ? ['keyword', text('BOTH', token.span), ...args, expression(cursor)]
        : ['call', ...args];
    }
    const characters = cursor.is('FROM') ? text(' ', cursor.token.span) : expression(cursor);
    cursor.expect('FROM');
    return ['keyword', text(side, token.span), characters, expression(cursor)];
  });
}

/*
  timestampArithmetic := (TIMESTAMPADD | TIMESTAMPDIFF) '(' timeUnit ',' expression ',' expression ')'
*/
function parseTimestampArithmetic(cursor: Cursor): FunctionCall | undefined {
  return parseForm(cursor, () => {
    const unit = parseTimeUnit(cursor);
    cursor.expect(',');
    const first = expression(cursor);
    cursor.expect(',');
    return ['keyword', unit, first, expression(cursor)];
  });
}

/** A name and brackets with what `read` reads between them; `undefined` where the name has no brackets. */
function parseForm(cursor: Cursor, read: () => [FunctionCall['syntax'], ...Expression[]]): FunctionCall | undefined {
  if (cursor.peek(1).key !== '(') return undefined;
  const { key, span } = cursor.take();
  cursor.expect('(');
  const [syntax, ...args] = read();
  cursor.closeList(')');
  return finishCall(cursor, span.start, {
    name: keywordName(key, span),
    arguments: args.map((value): Argument => ({ name: undefined, value })),
    syntax,
  });
}

function parsePlainArguments(cursor: Cursor): Expression[] {
  return cursor.is(')') ? [] : cursor.list(() => expression(cursor), ')');
}

function expression(cursor: Cursor): Expression {
  return cursor.grammar.expression(cursor);
}

/*
  timeUnit := YEAR | QUARTER | … | SECOND | MILLISECOND | … | EPOCH | DOW | …        also in plural, or with SQL_TSI_ before it
*/
function parseTimeUnit(cursor: Cursor): StringLiteral {
  const word = cursor.token.key.replace(/^SQL_TSI_/, '');
  const unit = TIME_UNITS.find(each => each === word || `${each}S` === word);
  if (unit === undefined) throw cursor.unexpected('a unit of time', { keywords: TIME_UNITS, note: 'such as DAY, HOUR, MINUTE or SECOND' });
  return text(unit, cursor.take().span);
}

function text(value: string, span: StringLiteral['span']): StringLiteral {
  return { kind: 'string', value, span };
}
