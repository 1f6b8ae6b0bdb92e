// 500,000 rows through a service that is slow for a while in the middle: does the process grow?
import { median, table } from '../harness.mjs';
import { inChild, startQuickService } from './service.mjs';

const rows = Number(process.env.ROWS ?? 500_000);
/** Rows in the middle that take 3 s each, 100 at a time. */
const SLOW_ROWS = 500;

async function run(ordered) {
  const slowFrom = rows / 2;
  const service = await startQuickService({ latencyMs: 1, slowFrom, slowTo: slowFrom + SLOW_ROWS, slowMs: 3_000 });
  try {
    const { samples, answered, seconds } = await inChild('memory-job.mjs', service.url, rows, ordered);
    const between = (from, to) => median(samples.filter(({ done }) => done >= rows * from && done <= rows * to).map(({ mib }) => mib));
    const first = between(0.02, 0.1);
    const most = Math.max(...samples.map(({ mib }) => mib));
    const figures = [first, between(0.49, 0.52), between(0.9, 1), most, most - first, seconds].map(each => each.toFixed(0));
    return [ordered ? 'ordered' : 'unordered', answered, ...figures];
  } finally {
    await service.stop();
  }
}

export async function memory() {
  const lines = [await run(true), await run(false)];
  return table(['output', 'answers', 'MiB at first', 'in the middle', 'at the end', 'most', 'most above the first', 's'], lines);
}
