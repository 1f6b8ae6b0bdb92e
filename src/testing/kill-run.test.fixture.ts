import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { open } from 'lmdb';
import { openAiSimulatorOptions, startOpenAiSimulator } from './openai-simulator/index.js';
import { temporaryFolder } from './temporary-folder.js';

export interface KillRunOptions {
  readonly rows: number;
  readonly kills: number;
  /** Most calls in flight. */
  readonly inFlight: number;
  /** Of the service. */
  readonly latencyMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What a job came to that was killed again and again. */
export interface KillRunReport {
  /** Kills that met a running process. */
  readonly kills: number;
  /** Requests that came to the service. */
  readonly calls: number;
  /** Requests for rows that had been asked for before. */
  readonly repeated: number;
  /** Answers that were in the journal after some kill. */
  readonly journaled: number;
  /** Rows whose answer was in the journal, and that were asked for again by a later process. */
  readonly paidTwice: readonly number[];
  /** The output of the last process, and of one that nobody disturbed. */
  readonly output: string;
  readonly undisturbed: string;
  /** Entries of the journal when the job has finished. */
  readonly left: number;
}

/**
 * Runs a job of the command line with `--state` against the simulator of OpenAI, kills its process at random moments with
 * SIGKILL and starts it again, until it has been killed often enough; then lets it end. A proxy between the two notes which
 * process asks for which row, and the state folder tells which answers were in the journal when a process died.
 */
export async function killRun(options: KillRunOptions): Promise<KillRunReport> {
  const { rows, latencyMs } = options;
  const { path, remove } = await temporaryFolder();
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse({ latency: `${latencyMs} ms` }));
  const proxy = await startProxy(service.url);
  try {
    writeFileSync(
      join(path, 'in.jsonl'),
      Array.from({ length: rows }, (_, id) => `${JSON.stringify({ id, question: questionOf(id) })}\n`).join(''),
    );
    writeFileSync(join(path, 'job.sql'), scriptOf(options, proxy.url, 'out.jsonl'));
    writeFileSync(join(path, 'undisturbed.sql'), scriptOf(options, service.url, 'undisturbed.jsonl'));
    await ended(start(path, ['undisturbed.sql'], 'undisturbed'));
    const { kills, journaled } = await killAgainAndAgain(path, options, proxy.asked);
    await ended(start(path, ['job.sql', '--state', 'state'], 'last'));
    const runs = [...proxy.asked.values()];
    const paidTwice = [...journaled].flatMap(([row, after]) => (runs.slice(after).some(asked => asked.includes(row)) ? [row] : []));
    const calls = runs.reduce((sum, asked) => sum + asked.length, 0);
    return {
      kills,
      calls,
      repeated: calls - new Set(runs.flat()).size,
      journaled: journaled.size,
      paidTwice,
      output: readFileSync(join(path, 'out.jsonl'), 'utf8'),
      undisturbed: readFileSync(join(path, 'undisturbed.jsonl'), 'utf8'),
      left: (await journaledRows(path)).entries,
    };
  } finally {
    await proxy.close();
    await service.close();
    await remove();
  }
}

interface Killed {
  readonly kills: number;
  /** Rows whose answers were in the journal after a kill, with how many processes had run by the first such kill. */
  readonly journaled: ReadonlyMap<number, number>;
}

async function killAgainAndAgain(path: string, options: KillRunOptions, asked: Map<string, number[]>): Promise<Killed> {
  const { rows, kills: wanted, inFlight, latencyMs, random } = options;
  // Together they take two thirds of the time that the calls need.
  const lifeMs = ((4 / 3) * ((rows / inFlight) * latencyMs)) / wanted;
  const journaled = new Map<number, number>();
  for (let kill = 0; kill < wanted; kill++) {
    const run = `run ${kill}`;
    asked.set(run, []);
    const child = start(path, ['job.sql', '--state', 'state'], run);
    // One in ten dies before its first call; the others at any moment after it.
    if (random() < 0.1) await elapsed(random() * 300);
    else {
      while (child.exitCode === null && asked.get(run)!.length === 0) await elapsed(5);
      await elapsed(random() * lifeMs);
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (child.signalCode === null) return { kills: kill, journaled };
    for (const row of (await journaledRows(path)).answered) if (!journaled.has(row)) journaled.set(row, asked.size);
  }
  return { kills: wanted, journaled };
}

function scriptOf({ inFlight }: KillRunOptions, url: string, output: string): string {
  return `SET 'execution.checkpointing.interval' = '150 ms';
CREATE TABLE questions (id INT, question STRING) WITH ('connector' = 'filesystem', 'path' = 'in.jsonl', 'format' = 'json');
CREATE TABLE answers (id INT, answer STRING) WITH ('connector' = 'filesystem', 'path' = '${output}', 'format' = 'json');
CREATE MODEL chat INPUT (question STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'endpoint' = '${url}', 'api-key' = '\${RUN}', 'model' = 'gpt-4o-mini', 'temperature' = '0', 'max-concurrent-requests' = '${inFlight}');
INSERT INTO answers SELECT id, ML_PREDICT(MODEL chat, question) FROM questions;
`;
}

/** The simulator repeats the question in its answer, so bytes of the journal tell which row they belong to. */
function questionOf(row: number): string {
  return `is row-${row}- fine?`;
}

function rowsIn(bytes: string): number[] {
  return Array.from(bytes.matchAll(/row-(\d+)-/g), match => Number(match[1]));
}

function start(cwd: string, args: readonly string[], run: string): ChildProcess {
  const command = [resolve('dist/cli/main.js'), 'run', '-q', ...args];
  return spawn(process.execPath, command, { cwd, env: { PATH: process.env['PATH'], RUN: run }, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`millrace ended with ${code}`);
}

function elapsed(ms: number): Promise<void> {
  return new Promise(done => setTimeout(done, ms));
}

/** What the journal holds of a job that no process runs. */
async function journaledRows(path: string): Promise<{ readonly entries: number; readonly answered: readonly number[] }> {
  const folder = join(path, 'state', 'job-1');
  if (!existsSync(join(folder, 'data.mdb'))) return { entries: 0, answered: [] };
  const database = open<Uint8Array>({ path: folder, encoding: 'binary', readOnly: true });
  try {
    const entries = [...database.getRange({ start: ['journal'], end: ['journal', '\uffff'] })];
    return { entries: entries.length, answered: entries.flatMap(({ value }) => rowsIn(Buffer.from(value).toString('latin1'))) };
  } finally {
    await database.close();
  }
}

interface Proxy {
  readonly url: string;
  /** The rows that each process asked for, by its API key. */
  readonly asked: Map<string, number[]>;
  close(): Promise<void>;
}

async function startProxy(target: string): Promise<Proxy> {
  const asked = new Map<string, number[]>();
  const server: Server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const run = request.headers.authorization!.replace('Bearer ', '');
      asked.set(run, [...(asked.get(run) ?? []), ...rowsIn(body).slice(0, 1)]);
      const answer = await fetch(new URL(request.url!, target), {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${run}` },
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
