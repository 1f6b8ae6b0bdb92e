import { MillraceError } from '../common/error.js';
import { createZone, UTC } from '../common/zone.js';
import { parseDeadLetterAddress, type DeadLetterAddress } from '../session/dead-letter-target.js';
import type { DeadLetter } from '../session/replay/dead-letter.js';
import { ReplayFolder } from '../session/replay/replay-folder.js';
import { Session, type JobPlan } from '../session/session.js';
import { batchOfRows, type Value } from '../spec/batch.js';
import { BOOLEAN, type Field } from '../spec/data-type.js';
import { DEAD_LETTER_COLUMNS, DEAD_LETTER_FIELDS, type DeadLetterColumnName } from '../spec/dead-letter.js';
import { formatValue } from '../spec/value-text.js';
import type { CommandContext, ExitCode } from './command-context.js';
import { exitCodeOf } from './exit-code.js';
import { rowPrinter, type OutputFormat } from './print/row-printer.js';
import { count } from './progress.js';
import { readSources } from './read-sources.js';
import { reportError, type StatementPlace } from './report-error.js';
import { setPair } from './run-command.js';

/** What all commands over dead letters are told. */
export interface DeadLetterOptions {
  /** A path, or an address as `dead-letter.target` has it; absent where `table` says it. */
  readonly target: string | undefined;
  /** A table of the scripts. */
  readonly table: string | undefined;
  /** Paths of the scripts with the tables and, for a replay, the statements. */
  readonly scripts: readonly string[];
  /** `key=value` pairs. */
  readonly settings: readonly string[];
  /** Where it is kept what was replayed. */
  readonly state: string | undefined;
}

/** Dead letters with what they need. */
export interface OpenedDeadLetters {
  readonly session: Session;
  readonly address: DeadLetterAddress;
  /** Plans of the statements of the scripts that run as jobs. */
  readonly plans: readonly JobPlan[];
  /** Absent for a table without `--state`. */
  readonly folder: ReplayFolder | undefined;
}

/** Prints what dead letters there are: each on stdout, and how many of which error on stderr. */
export function listDeadLetters(
  options: DeadLetterOptions & { readonly format: OutputFormat },
  context: CommandContext,
): Promise<ExitCode> {
  return withDeadLetters(options, context, async ({ session, address, folder }) => {
    const letters = await session.replays.read(address);
    const replayed = folder ? await session.replays.replayed(folder) : new Set();
    const { host, stdout, stderr } = context;
    const fields = LISTED.map(name => DEAD_LETTER_FIELDS.find(field => field.name === name)!);
    const rows = newestFirst(letters).map(letter => [...LISTED.map(name => letter[name]), replayed.has(letter.id)]);
    const printer = await rowPrinter(options.format, {
      output: stdout,
      clock: host.clock,
      timeZone: session.timeZone,
      extensions: host.extensions,
    });
    printer.begin([...fields, REPLAYED], 'insert-only');
    if (rows.length > 0) await printer.write(batchOfRows([...fields, REPLAYED], rows));
    await printer.end();
    const done = letters.filter(({ id }) => replayed.has(id)).length;
    void stderr.write(`${lettersText(letters.length)}${done > 0 ? `, ${count(done)} replayed` : ''}\n`);
    for (const line of countsOf(letters.filter(({ id }) => !replayed.has(id)))) void stderr.write(`  ${line}\n`);
    if (folder && (await folder.unfinished()).length > 0) void stderr.write('a replay was interrupted: start it again to complete it\n');
    return 0;
  });
}

/** Prints everything of one dead letter on stdout, its row as columns. */
export function showDeadLetter(
  options: DeadLetterOptions & { readonly id: string | undefined },
  context: CommandContext,
): Promise<ExitCode> {
  return withDeadLetters(options, context, async ({ session, address }) => {
    if (options.id === undefined)
      throw new MillraceError({
        code: 'USAGE',
        message: 'no dead letter is named',
        notes: [{ message: 'millrace dead-letters list prints the ids' }],
      });
    const letter = (await session.replays.read(address)).find(({ id }) => id === options.id);
    if (!letter) throw unknownLetter(options.id);
    const zone = createZone(session.timeZone) ?? UTC;
    const lines = DEAD_LETTER_COLUMNS.flatMap(({ name, type }) =>
      letter[name] === null || name === 'row_json' || name === 'row_types' ? [] : [`${name}: ${formatValue(letter[name], type, zone)}`],
    );
    const columns = rowLines(letter.row_json, letter.row_types);
    await context.stdout.write(`${[...lines, ...(columns.length > 0 ? ['row:', ...columns] : [])].join('\n')}\n`);
    return 0;
  });
}

/** Opens a session with the scripts in it, and reports what goes wrong. */
export async function withDeadLetters(
  options: DeadLetterOptions,
  context: CommandContext,
  run: (opened: OpenedDeadLetters) => Promise<ExitCode>,
): Promise<ExitCode> {
  const session = new Session(context.host);
  const plans: JobPlan[] = [];
  let place: StatementPlace | undefined;
  try {
    const address = addressOf(options);
    for (const pair of options.settings) setPair(session, pair);
    for (const source of options.scripts.length > 0 ? await readSources(options.scripts, []) : []) {
      place = { source };
      for (const statement of session.parse(source.text).statements) {
        const plan = await session.define(statement);
        if (plan) plans.push(plan);
      }
    }
    place = undefined;
    return await run({ session, address, plans, folder: folderOf(options, address) });
  } catch (thrown) {
    void context.stderr.write(`${reportError(thrown, place)}\n`);
    return exitCodeOf(thrown);
  } finally {
    await session.close();
  }
}

/** @throws {MillraceError} `USAGE` where the command line names no target, or two. */
function addressOf({ target, table, scripts }: DeadLetterOptions): DeadLetterAddress {
  if ((target === undefined) === (table === undefined))
    throw new MillraceError({
      code: 'USAGE',
      message: target === undefined ? 'no dead letters are named' : 'dead letters are named twice',
      notes: [{ message: 'name a file, or a table with --table and the script that defines it with --script' }],
    });
  const address: DeadLetterAddress =
    table !== undefined ? { kind: 'table', name: table } : (parseDeadLetterAddress(target!) ?? { kind: 'file', path: target! });
  if (address.kind === 'table' && scripts.length === 0)
    throw new MillraceError({
      code: 'USAGE',
      message: `nothing says what the table "${address.name}" is`,
      notes: [{ message: 'name the script that defines it with --script' }],
    });
  return address;
}

function folderOf({ state }: DeadLetterOptions, address: DeadLetterAddress): ReplayFolder | undefined {
  if (state !== undefined) return new ReplayFolder(state);
  return address.kind === 'file' ? new ReplayFolder(`${address.path.replace(/\/+$/, '')}.replay`) : undefined;
}

/** The columns of a list. */
const LISTED: readonly DeadLetterColumnName[] = ['id', 'last_at', 'model', 'error_class', 'message'];
const REPLAYED: Field = { name: 'replayed', type: BOOLEAN };

function newestFirst(letters: readonly DeadLetter[]): DeadLetter[] {
  return letters.toSorted((a, b) => Number(b.last_at) - Number(a.last_at));
}

/** `8 × TIMEOUT of model m`, for each model and error, the most frequent first. */
export function countsOf(letters: readonly DeadLetter[]): string[] {
  const counts = new Map<string, number>();
  for (const { error_class, model } of letters) {
    const what = `${textOf(error_class)} of model ${textOf(model)}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([what, n]) => `${count(n)} × ${what}`);
}

/** `1 dead letter`, `12 dead letters`. */
export function lettersText(n: number): string {
  return `${count(n)} dead ${n === 1 ? 'letter' : 'letters'}`;
}

export function unknownLetter(id: string): MillraceError {
  return new MillraceError({
    code: 'USAGE',
    message: `there is no dead letter "${id}"`,
    notes: [{ message: 'millrace dead-letters list prints the ids' }],
  });
}

function textOf(value: Value): string {
  return value === null ? '(unknown)' : String(value);
}

/** The columns of a row with their types, one a line. */
function rowLines(row: Value, types: Value): string[] {
  if (typeof row !== 'string') return [];
  try {
    const typeOf = typeof types === 'string' ? (JSON.parse(types) as Record<string, string>) : {};
    return Object.entries(JSON.parse(row) as Record<string, unknown>).map(
      ([name, value]) => `  ${name}${typeOf[name] === undefined ? '' : ` ${typeOf[name]}`}: ${JSON.stringify(value)}`,
    );
  } catch {
    return [`  ${row}`];
  }
}
