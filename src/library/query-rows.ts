import { MillraceError } from '../common/error.js';
import type { RowConsumer, RunningJob } from '../session/statement-result.js';
import type { BigintForm } from '../spec/to-js.js';
import { ChangeCollapse } from './collapse-changes.js';
import { Channel } from './row-channel.js';
import { changesOf, type Change, type RowObject } from './row-objects.js';

export interface QueryRun {
  /** Starts the job of the query with this consumer. */
  readonly start: (consumer: RowConsumer) => Promise<RunningJob>;
  readonly bigints: BigintForm;
  readonly signal: AbortSignal | undefined;
}

/**
 * The changes of a query while it runs. Nothing is started before the first one is asked for; the query runs no further
 * ahead than one batch. Leaving the loop ends the job.
 *
 * @throws what the job fails with, or the signal's reason.
 */
export async function* queryChanges({ start, bigints, signal }: QueryRun): AsyncGenerator<Change<RowObject>, void, undefined> {
  signal?.throwIfAborted();
  const channel = new Channel<Change<RowObject>>();
  let convert: ReturnType<typeof changesOf> | undefined;
  const job = await start({
    begin: fields => {
      convert = changesOf(fields, bigints);
    },
    write: batch => channel.push(convert!(batch)),
    end: () => {},
  });
  const abort = (): void => channel.fail(signal!.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  job.settled.then(
    () => channel.finish(),
    (thrown: unknown) => channel.fail(thrown),
  );
  try {
    for (let taken = await channel.take(); taken !== undefined; taken = await channel.take()) yield taken.item;
  } finally {
    signal?.removeEventListener('abort', abort);
    channel.abandon();
    await job.cancel();
  }
}

/**
 * The rows of a query. One that only inserts gives them while it runs; one that updates its rows gives those that are left
 * when it has ended.
 *
 * @throws {MillraceError} `CHANGELOG_MODE` for a query that updates its rows and has no end.
 */
export async function* queryRows({ start, ...run }: QueryRun): AsyncGenerator<RowObject, void, undefined> {
  let isUpdating = false;
  const watched = async (consumer: RowConsumer): Promise<RunningJob> => {
    const job = await start({
      ...consumer,
      write: batch => consumer.write(batch),
      end: () => consumer.end(),
      begin(fields, changelogMode) {
        isUpdating = changelogMode !== 'insert-only';
        consumer.begin(fields, changelogMode);
      },
    });
    if (!isUpdating || job.isBounded) return job;
    await job.cancel();
    throw new MillraceError({
      code: 'CHANGELOG_MODE',
      message: 'the query updates its rows and has no end, so it has no final rows',
      notes: [{ message: 'take its changes with session.changes(…), or write CREATE TABLE and INSERT INTO' }],
    });
  };
  const collapse = new ChangeCollapse();
  for await (const change of queryChanges({ ...run, start: watched })) {
    if (isUpdating) collapse.add(change);
    else yield change.row;
  }
  yield* collapse.rows();
}
