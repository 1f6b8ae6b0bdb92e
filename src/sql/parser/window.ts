import type { FrameBound, WindowFrame, WindowSpec } from '../ast/expression.js';
import type { Identifier } from '../ast/identifier.js';
import type { Cursor } from './cursor.js';
import { parseIdentifier } from './name.js';
import { parseOrderItem } from './order.js';

/*
  window := identifier | windowSpec
*/
export function parseOver(cursor: Cursor): WindowSpec | Identifier {
  return cursor.is('(') ? parseWindowSpec(cursor) : parseIdentifier(cursor, 'a window name or "("');
}

/*
  windowSpec := '(' [PARTITION BY expression {',' expression}] [ORDER BY orderItem {',' orderItem}] [frame] ')'
*/
export function parseWindowSpec(cursor: Cursor): WindowSpec {
  const { start } = cursor;
  cursor.expect('(');
  const partitionBy = cursor.acceptPhrase('PARTITION', 'BY') ? cursor.list(() => cursor.grammar.expression(cursor), ')', 'ORDER') : [];
  const orderBy = cursor.acceptPhrase('ORDER', 'BY') ? cursor.list(() => parseOrderItem(cursor), ')', 'ROWS', 'RANGE') : [];
  const frame = cursor.is('ROWS') || cursor.is('RANGE') ? parseFrame(cursor) : undefined;
  if (!cursor.is(')'))
    throw cursor.unexpected('PARTITION BY, ORDER BY, ROWS, RANGE or ")"', { keywords: ['PARTITION', 'ORDER', 'ROWS', 'RANGE'] });
  cursor.take();
  return { kind: 'window-spec', partitionBy, orderBy, frame, span: cursor.spanFrom(start) };
}

/*
  frame := (ROWS | RANGE) (bound | BETWEEN bound AND bound)
*/
function parseFrame(cursor: Cursor): WindowFrame {
  const unit = cursor.take().key === 'ROWS' ? 'ROWS' : 'RANGE';
  if (!cursor.accept('BETWEEN')) return { unit, start: parseBound(cursor), end: undefined };
  const start = parseBound(cursor);
  cursor.expect('AND');
  return { unit, start, end: parseBound(cursor) };
}

/*
  bound := UNBOUNDED (PRECEDING | FOLLOWING) | CURRENT ROW | additive (PRECEDING | FOLLOWING)
*/
function parseBound(cursor: Cursor): FrameBound {
  if (cursor.accept('CURRENT', 'ROW')) return { kind: 'current-row' };
  if (cursor.accept('UNBOUNDED')) return { kind: `unbounded-${parseDirection(cursor)}` };
  const offset = cursor.grammar.additive(cursor);
  return { kind: parseDirection(cursor), offset };
}

function parseDirection(cursor: Cursor): 'preceding' | 'following' {
  if (cursor.accept('PRECEDING')) return 'preceding';
  if (cursor.accept('FOLLOWING')) return 'following';
  throw cursor.unexpected('PRECEDING or FOLLOWING', { keywords: ['PRECEDING', 'FOLLOWING'] });
}
