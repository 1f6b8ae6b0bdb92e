import { isJob, Session } from '../session/session.js';
import type { CommandContext, ExitCode } from './command-context.js';
import { exitCodeOf } from './exit-code.js';
import { readSources } from './read-sources.js';
import { reportError } from './report-error.js';
import { setPair } from './run-command.js';

export interface ScriptOptions {
  readonly files: readonly string[];
  readonly expressions: readonly string[];
  /** `key=value` pairs. */
  readonly settings: readonly string[];
}

/** Reports every problem of scripts without running them. */
export async function checkCommand(options: ScriptOptions, context: CommandContext): Promise<ExitCode> {
  const session = new Session(context.host);
  try {
    for (const pair of options.settings) setPair(session, pair);
    let problems = 0;
    for (const source of await readSources(options.files, options.expressions)) {
      const errors = await session.check(source.text);
      for (const error of errors) void context.stderr.write(`${reportError(error, { source })}\n\n`);
      problems += errors.length;
    }
    void context.stderr.write(problems === 0 ? 'no problems\n' : `${problems} ${problems === 1 ? 'problem' : 'problems'}\n`);
    return problems === 0 ? 0 : 2;
  } catch (thrown) {
    void context.stderr.write(`${reportError(thrown)}\n`);
    return exitCodeOf(thrown);
  } finally {
    await session.close();
  }
}

/** Prints the plan of every statement that runs as a job; definitions take effect. */
export async function explainCommand(options: ScriptOptions, context: CommandContext): Promise<ExitCode> {
  const session = new Session(context.host);
  let current: Awaited<ReturnType<typeof readSources>>[number] | undefined;
  try {
    for (const pair of options.settings) setPair(session, pair);
    for (const source of await readSources(options.files, options.expressions)) {
      current = source;
      for (const statement of session.parse(source.text).statements) {
        if (isJob(statement)) await context.stdout.write(`${session.explain(statement)}\n\n`);
        else {
          const result = await session.execute(statement, { consumer: { begin() {}, write() {}, end() {} } });
          if (result.kind === 'text') await context.stdout.write(`${result.text}\n\n`);
        }
      }
    }
    return 0;
  } catch (thrown) {
    void context.stderr.write(`${reportError(thrown, current && { source: current })}\n`);
    return exitCodeOf(thrown);
  } finally {
    await session.close();
  }
}
