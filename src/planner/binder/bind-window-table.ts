import { MillraceError } from '../../common/error.js';
import { timestamp, timestampLtz, withNullable } from '../../spec/data-type.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { LogicalNode, PlanField } from '../logical/node.js';
import { uniqueName } from '../logical/project.js';
import { bindDescriptor, bindTableArgument } from './bind-predict-table.js';
import type { QueryScope } from './binding.js';
import { matchParameters } from './match-parameters.js';
import { EMPTY_SCOPE } from './scope.js';

const WINDOW_FUNCTIONS: ReadonlySet<string> = new Set(['TUMBLE', 'HOP', 'CUMULATE', 'SESSION']);
const PARAMETERS = ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'] as const;

export function isWindowFunction(name: string): boolean {
  return WINDOW_FUNCTIONS.has(name);
}

/** `TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND[, offset])`, by position or by name. */
export function bindWindowTable(node: FunctionCall, scope: QueryScope): LogicalNode {
  const name = node.name.parts.at(-1)!.name.toUpperCase();
  if (name !== 'TUMBLE')
    throw new MillraceError({ code: 'UNSUPPORTED', message: `the embedded engine does not run ${name} windows`, span: node.span });
  const given = matchParameters(node, PARAMETERS);
  const input = bindTableArgument(given.DATA, node, scope);
  const [time, ...more] = bindDescriptor(given.TIMECOL, node, input);
  if (!time || more.length > 0)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'a window needs one time column',
      span: (given.TIMECOL ?? node).span,
    });
  const field = input.fields[time.index]!;
  if (field.timeAttribute !== 'rowtime') {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `column "${field.name}" is no event-time attribute`,
      span: time.span,
      notes: [{ message: `declare WATERMARK FOR ${field.name} AS ${field.name} - INTERVAL '5' SECOND in its CREATE TABLE` }],
    });
  }
  const sizeMicros = bindSize(given.SIZE, node, scope);
  const offset = given.OFFSET;
  const window = { kind: 'tumble', sizeMicros, offsetMicros: offset ? bindInterval(offset, scope) : 0 } as const;
  return { kind: 'WindowTable', input, time: time.index, window, fields: [...input.fields.map(plain), ...boundFields(input, field)] };
}

/** After a window, `window_time` is the only time attribute. */
function plain(field: PlanField): PlanField {
  return { name: field.name, type: field.type };
}

function boundFields(input: LogicalNode, time: PlanField): PlanField[] {
  const taken = new Set(input.fields.map(field => field.name));
  const bound = withNullable(timestamp(3), false);
  const isLocal = time.type.kind === 'TIMESTAMP_LTZ';
  const timeType = withNullable(isLocal ? timestampLtz(3) : timestamp(3), false);
  return [
    { name: uniqueName('window_start', taken), type: bound, windowBound: { side: 'start', isLocal } },
    { name: uniqueName('window_end', taken), type: bound, windowBound: { side: 'end', isLocal } },
    { name: uniqueName('window_time', taken), type: timeType, timeAttribute: 'rowtime' },
  ];
}

function bindSize(argument: Expression | undefined, node: FunctionCall, scope: QueryScope): number {
  if (!argument)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'TUMBLE lacks the size of its windows',
      span: node.span,
      notes: [{ message: "write TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)" }],
    });
  const size = bindInterval(argument, scope);
  if (size > 0) return size;
  throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'the size of a window is more than 0', span: argument.span });
}

function bindInterval(argument: Expression, { binding }: QueryScope): number {
  const bound = binding.bindExpression(argument, { binding, scope: EMPTY_SCOPE });
  if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_DAY_TIME') return bound.value as number;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'a window takes an interval of days to seconds',
    span: argument.span,
    notes: [{ message: "write INTERVAL '10' SECOND" }],
  });
}
