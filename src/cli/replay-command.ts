import { MillraceError } from '../common/error.js';
import { REPLAYED_COLUMNS } from '../session/replay/replays.js';
import type { DeadLetter } from '../session/replay/dead-letter.js';
import type { ReplayBatch, ReplayFolder } from '../session/replay/replay-folder.js';
import type { JobPlan } from '../session/session.js';
import type { RunningJob } from '../session/statement-result.js';
import type { CommandContext, ExitCode } from './command-context.js';
import {
  countsOf,
  lettersText,
  unknownLetter,
  withDeadLetters,
  type DeadLetterOptions,
  type OpenedDeadLetters,
} from './dead-letters-command.js';
import { count } from './progress.js';

export interface ReplayOptions extends DeadLetterOptions {
  /** Ids of the dead letters to replay; empty for all that were not replayed. */
  readonly ids: readonly string[];
  /** Whether to tell only what would be done. */
  readonly isDry: boolean;
}

/**
 * Sends the rows of dead letters through their statements again. One that was interrupted before is completed first. What
 * belongs to no statement of the scripts is left, and counted.
 */
export function replayDeadLetters(options: ReplayOptions, context: CommandContext): Promise<ExitCode> {
  return withDeadLetters(options, context, async opened => {
    const folder = opened.folder ?? missingState();
    const { session } = opened;
    const letters = await session.replays.read(opened.address, REPLAYED_COLUMNS);
    const unfinished = await folder.unfinished();
    const chosen = choose(letters, await doneIds(opened, folder, unfinished), options.ids);
    const plans = new Map(opened.plans.map(plan => [plan.fingerprint, plan]));
    const [known, foreign] = [
      chosen.filter(({ statement_id }) => plans.has(String(statement_id))),
      chosen.filter(({ statement_id }) => !plans.has(String(statement_id))),
    ];
    if (foreign.length > 0 && (known.length + unfinished.length === 0 || options.ids.length > 0)) throw changed(foreign);
    const batches = batchesOf(known);
    for (const batch of [...unfinished, ...batches]) session.replays.check(planOf(batch, plans, folder), batch, folder);
    const say = (line: string): void => void context.stderr.write(`${line}\n`);
    if (foreign.length > 0) say(`${lettersText(foreign.length)} left: their statement is not in the script, or has changed`);
    if (options.isDry) {
      for (const { rows } of unfinished) say(`would complete an interrupted replay of ${lettersText(rows.length)}`);
      say(`would replay ${lettersText(known.length)}`);
      for (const line of countsOf(known)) say(`  ${line}`);
      return 0;
    }
    for (const batch of unfinished) if (!(await run(batch, { opened, plans, folder, context }))) return 0;
    for (const batch of batches) {
      await folder.begin(batch);
      if (!(await run(batch, { opened, plans, folder, context }))) return 0;
    }
    if (unfinished.length + batches.length === 0) say('there is nothing to replay');
    return 0;
  });
}

function missingState(): never {
  throw new MillraceError({
    code: 'USAGE',
    message: 'nothing says where to keep which dead letters of the table were replayed',
    notes: [{ message: 'name a folder with --state, and the same one each time' }],
  });
}

/** The ids of dead letters that were replayed, or are about to be. */
async function doneIds(
  { session }: OpenedDeadLetters,
  folder: ReplayFolder,
  unfinished: readonly ReplayBatch[],
): Promise<ReadonlySet<unknown>> {
  return new Set([...(await session.replays.replayed(folder)), ...unfinished.flatMap(({ rows }) => rows.map(({ id }) => id))]);
}

/** @throws {MillraceError} `USAGE` for an id that is unknown or was replayed. */
function choose(letters: readonly DeadLetter[], done: ReadonlySet<unknown>, ids: readonly string[]): DeadLetter[] {
  if (ids.length === 0) return letters.filter(({ id }) => !done.has(id));
  return ids.map(id => {
    const letter = letters.find(each => each.id === id);
    if (!letter) throw unknownLetter(id);
    if (done.has(id)) throw new MillraceError({ code: 'USAGE', message: `dead letter "${id}" was replayed already` });
    return letter;
  });
}

/** The rows of each call site, in the order of the dead letters. */
function batchesOf(letters: readonly DeadLetter[]): ReplayBatch[] {
  const sites = new Map<string, DeadLetter[]>();
  for (const letter of letters) {
    const site = `${String(letter.statement_id)} ${String(letter.call_site)}`;
    const ofSite = sites.get(site);
    if (ofSite) ofSite.push(letter);
    else sites.set(site, [letter]);
  }
  return [...sites.values()].map(ofSite => ({
    job: String(ofSite[0]!.job ?? 'replay'),
    statement: String(ofSite[0]!.statement_id),
    callSite: String(ofSite[0]!.call_site),
    rows: ofSite.map(({ id, row_json: row }) => ({ id: String(id), row: String(row) })),
  }));
}

function planOf({ statement, rows }: ReplayBatch, plans: ReadonlyMap<string, JobPlan>, folder: ReplayFolder): JobPlan {
  const plan = plans.get(statement);
  if (plan) return plan;
  throw new MillraceError({
    code: 'STATE_MISMATCH',
    message: `a replay of ${lettersText(rows.length)} was interrupted, and its statement is not in the script, or has changed`,
    notes: [{ message: `give the script that it began with, or delete "${folder.path}" to forget it and what was replayed before` }],
  });
}

function changed(letters: readonly DeadLetter[]): MillraceError {
  return new MillraceError({
    code: 'STATE_MISMATCH',
    message: `the script has no statement that made ${letters.length === 1 ? `dead letter "${String(letters[0]!.id)}"` : `these ${lettersText(letters.length)}`}`,
    notes: [{ message: 'give the script that made them with --script; options of models may change, statements may not' }],
  });
}

interface RunParts {
  readonly opened: OpenedDeadLetters;
  readonly plans: ReadonlyMap<string, JobPlan>;
  readonly folder: ReplayFolder;
  readonly context: CommandContext;
}

/** Replays a batch that has begun; false where somebody stopped it. */
async function run(batch: ReplayBatch, { opened, plans, folder, context }: RunParts): Promise<boolean> {
  const job = await opened.session.replays.start(planOf(batch, plans, folder), batch, folder);
  const endStops = context.onStop(() => void job.stop());
  try {
    const isDone = (await job.settled) === 'finished';
    if (isDone) await folder.end(batch);
    const again = deadLettersOf(job);
    const rows = `${count(batch.rows.length)} ${batch.rows.length === 1 ? 'row' : 'rows'} of ${batch.job} replayed`;
    void context.stderr.write(
      isDone ? `${rows}${again > 0 ? `, ${lettersText(again)} again` : ''}\n` : 'stopped: start it again to go on\n',
    );
    return isDone;
  } finally {
    endStops();
  }
}

function deadLettersOf(job: RunningJob): number {
  return job.metrics().reduce((sum, { counters }) => sum + (counters.get('dead_letters') ?? 0), 0);
}
