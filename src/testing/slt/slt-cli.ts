import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { OPTIONAL_RULES } from '../../session/plan-statement.js';
import { renderError } from '../../common/render-error.js';
import { MillraceError } from '../../common/error.js';
import { completeSltFile } from './complete-slt-file.js';
import { findSltFiles } from './find-slt-files.js';
import { modesOf, renderSltFailure, runSltFile } from './run-slt-file.js';
import { SLT_MODES, type SltFile, type SltMode } from './slt-file.js';

const FOLDER = 'tests/slt';

const HELP = `usage: npm run slt -- [PART] [--mode MODE | --without RULE] [--complete]

  PART        files whose path contains it, such as window; with :LINE, the record at that line and what it needs
  --mode      one of ${SLT_MODES.join(', ')}; all modes of a file without it
  --without   compares rows in mode plain, planned without one of the rules ${OPTIONAL_RULES.join(', ')}
  --complete  writes the answers that the records give now into the files
`;

interface Arguments {
  /** What the path of a file contains. */
  readonly part: string;
  readonly line: number | undefined;
  readonly modes: readonly SltMode[];
  readonly withoutRule: string | undefined;
  readonly action: 'run' | 'complete' | 'help';
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { mode: { type: 'string' }, without: { type: 'string' }, complete: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [part = '', line] = (positionals[0] ?? '').split(':');
  const mode = SLT_MODES.find(each => each === values.mode);
  if (values.mode !== undefined && mode === undefined) throw usage(`there is no mode "${values.mode}"`);
  if (values.without !== undefined && !OPTIONAL_RULES.includes(values.without)) throw usage(`there is no rule "${values.without}"`);
  const modes = mode ? [mode] : line === undefined && values.without === undefined ? SLT_MODES : (['plain'] as const);
  return {
    part,
    line: line === undefined ? undefined : Number(line),
    modes,
    withoutRule: values.without,
    action: values.help ? 'help' : values.complete ? 'complete' : 'run',
  };
}

async function main(args: readonly string[]): Promise<number> {
  const { part, action, ...options } = readArguments(args);
  if (action === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const files = findSltFiles(FOLDER).filter(file => file.path.includes(part));
  if (files.length === 0) throw usage(`no file below ${FOLDER} has "${part}" in its path`);
  return action === 'complete' ? complete(files) : run(files, options);
}

function usage(message: string): MillraceError {
  return new MillraceError({ code: 'USAGE', message, notes: [{ message: 'see npm run slt -- --help' }] });
}

async function run(
  files: readonly SltFile[],
  { modes, line, withoutRule }: Pick<Arguments, 'modes' | 'line' | 'withoutRule'>,
): Promise<number> {
  let runs = 0;
  let failures = 0;
  for (const file of files) {
    for (const mode of modesOf(file, modes)) {
      runs++;
      const failure = await runSltFile(file, { mode, line, withoutRule });
      if (!failure) continue;
      failures++;
      process.stdout.write(`${renderSltFailure(failure)}\n\n`);
      // The other modes would mostly tell the same again.
      break;
    }
  }
  process.stdout.write(`slt: ${files.length} files, ${runs} runs, ${failures} failures\n`);
  return failures > 0 || runs === 0 ? 1 : 0;
}

async function complete(files: readonly SltFile[]): Promise<number> {
  let changed = 0;
  let failures = 0;
  for (const file of files) {
    const { text, failure } = await completeSltFile(file);
    if (failure) {
      failures++;
      process.stdout.write(`${renderSltFailure(failure)}\n\n`);
    }
    if (text === file.lines.join('\n')) continue;
    changed++;
    writeFileSync(file.path, text);
    process.stdout.write(`${file.path} written\n`);
  }
  process.stdout.write(`slt: ${files.length} files, ${changed} written, ${failures} failures\n`);
  return failures > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  process.stderr.write(`${renderError(thrown)}\n`);
  process.exitCode = 1;
}
