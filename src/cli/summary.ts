import { formatDuration } from '../common/duration.js';
import type { ModelUsage, Session } from '../session/session.js';
import type { RunningJob } from '../session/statement-result.js';
import { count, totalsOf } from './progress.js';

/** What a run did, in lines for people: rows and speed, then each model with its calls, tokens and latency. */
export function summary(session: Session, jobs: readonly RunningJob[], elapsedMs: number): string {
  const { rowsIn, rowsOut, lateRows, skippedRecords } = totalsOf(jobs);
  const rate = Math.round(rowsIn / Math.max(elapsedMs / 1_000, 0.001));
  const extras = [
    lateRows > 0 ? `${count(lateRows)} late` : '',
    skippedRecords > 0 ? `${counted(skippedRecords, 'record')} skipped` : '',
  ].filter(Boolean);
  const rows = `${counted(rowsIn, 'row')} in, ${counted(rowsOut, 'row')} out in ${formatDuration(elapsedMs)} (${count(rate)} rows/s)${extras.map(each => `, ${each}`).join('')}`;
  return [rows, ...[...session.usage()].map(([name, usage]) => modelLine(name, usage))].map(line => `${line}\n`).join('');
}

function modelLine(name: string, usage: ModelUsage): string {
  const { rows, latency } = usage;
  const total = Object.values(rows).reduce((sum, each) => sum + each, 0);
  const fates = [
    rows.skipped > 0 ? `${count(rows.skipped)} skipped` : '',
    rows.deadLettered > 0 ? counted(rows.deadLettered, 'dead letter') : '',
    rows.nulled > 0 ? `${count(rows.nulled)} without answer` : '',
    rows.failed > 0 ? `${count(rows.failed)} failed` : '',
  ].filter(Boolean);
  const parts = [
    `${counted(total, 'row')}${fates.length > 0 ? ` (${fates.join(', ')})` : ''}`,
    `${counted(usage.attempts, 'call')}${usage.retries > 0 ? ` (${usage.retries === 1 ? '1 retry' : `${count(usage.retries)} retries`})` : ''}${usage.throttles > 0 ? ` (${count(usage.throttles)} throttled)` : ''}`,
    usage.inputTokens + usage.outputTokens > 0 ? `${counted(usage.inputTokens, 'token')} in, ${count(usage.outputTokens)} out` : '',
    usage.cost === undefined ? '' : `$${dollars(usage.cost)}`,
    usage.cacheHits + usage.sharedAnswers > 0 ? `${count(usage.cacheHits + usage.sharedAnswers)} from equal rows` : '',
    usage.journalHits > 0 ? `${count(usage.journalHits)} from the journal` : '',
    latency.count > 0 ? `p50 ${milliseconds(latency.p50Ms)}, p99 ${milliseconds(latency.p99Ms)}` : '',
  ];
  const failures = Object.entries(usage.failures).map(([code, failure]) => `\n  ${count(failure.calls)} × ${code}: ${failure.lastMessage}`);
  return `model ${name}: ${parts.filter(Boolean).join(', ')}${failures.join('')}`;
}

/** `1 row`, `2 rows`. */
function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? '' : 's'}`;
}

/** Two digits that tell something, and cents at least. */
function dollars(value: number): string {
  return value >= 1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}

function milliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : formatDuration(value);
}
