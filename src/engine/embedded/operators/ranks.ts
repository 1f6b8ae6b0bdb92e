import type { OverCall } from '../../../planner/logical/over-call.js';
import type { Partition } from './partitions.js';

/** The rank of each position of a partition; asked for in the order of the positions. */
export function rankOf(
  { name, buckets }: Extract<OverCall, { kind: 'ranking' }>,
  { rows, peerStart, peerEnd }: Partition,
): (position: number) => number {
  const count = rows.length;
  switch (name) {
    case 'ROW_NUMBER':
      return position => position + 1;
    case 'RANK':
      return position => peerStart[position]! + 1;
    case 'DENSE_RANK': {
      let rank = 0;
      return position => (peerStart[position] === position ? ++rank : rank);
    }
    case 'PERCENT_RANK':
      return position => (count === 1 ? 0 : peerStart[position]! / (count - 1));
    case 'CUME_DIST':
      return position => peerEnd[position]! / count;
    case 'NTILE': {
      const size = Math.floor(count / buckets!);
      const larger = (count % buckets!) * (size + 1);
      return position =>
        (position < larger ? Math.floor(position / (size + 1)) : (count % buckets!) + Math.floor((position - larger) / size)) + 1;
    }
  }
}
