import type { OverAggregate } from './node.js';
import { formatOrderKey } from './order-key.js';
import { formatOverCall } from './over-call.js';

/** What the logical and the physical plan tell of windows; `names` are those of the input's fields. */
export function describeOver(
  { partition, keys, calls, limit }: Pick<OverAggregate, 'partition' | 'keys' | 'calls' | 'limit'>,
  names: readonly string[],
): string {
  const parts = partition.length > 0 ? [`partition=[${partition.map(index => names[index]).join(', ')}]`] : [];
  const order = keys.length > 0 ? [`order=[${keys.map(key => formatOrderKey(key, names)).join(', ')}]`] : [];
  const first = limit === undefined ? [] : [`first=${limit}`];
  return [...parts, ...order, `calls=[${calls.map(call => formatOverCall(call, names)).join(', ')}]`, ...first].join(', ');
}
