import { timestamp, timestampLtz, withNullable } from '../../spec/data-type.js';
import type { LogicalNode, PlanField, WindowBound, WindowTable } from '../logical/node.js';
import { uniqueName } from '../logical/project.js';
import type { WindowSpec } from '../logical/window-spec.js';

/** The windows of the rows of `input` over its field `time`, which is a time attribute. */
export function windowTable(input: LogicalNode, time: number, window: WindowSpec): WindowTable {
  const field = input.fields[time]!;
  const timeAttribute = field.timeAttribute!;
  const isAligned = window.kind !== 'session';
  const fields = [...input.fields.map(plain), ...boundFields(input, field, { timeAttribute, isAligned })];
  return { kind: 'WindowTable', input, time, timeAttribute, window, fields };
}

/** After a window, `window_time` is the only time attribute. */
function plain(field: PlanField): PlanField {
  return { name: field.name, type: field.type };
}

function boundFields(
  input: LogicalNode,
  time: PlanField,
  { timeAttribute, isAligned }: Pick<WindowBound, 'timeAttribute' | 'isAligned'>,
): PlanField[] {
  const taken = new Set(input.fields.map(field => field.name));
  const type = withNullable(timestamp(3), false);
  const isLocal = time.type.kind === 'TIMESTAMP_LTZ';
  const bound = (side: WindowBound['side']): PlanField => ({
    name: uniqueName(`window_${side}`, taken),
    type,
    windowBound: { side, timeAttribute, isLocal, isAligned },
  });
  const timeType = withNullable(isLocal ? timestampLtz(3) : timestamp(3), false);
  return [bound('start'), bound('end'), { name: uniqueName('window_time', taken), type: timeType, timeAttribute }];
}
