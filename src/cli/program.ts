import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CommandContext, ExitCode } from './command-context.js';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './logger.js';
import { OUTPUT_FORMATS, type OutputFormat } from './print/row-printer.js';
import { reportError } from './report-error.js';
import { simulators } from './simulators.js';
import { usageError } from './usage-error.js';
import { packageVersion } from './version.js';

/** Runs a command line, without the names of node and of the program. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const help: string[] = [];
  const program = createProgram({
    context,
    help: text => help.push(text),
    exit: code => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const isAsked = thrown.exitCode === 0;
    if (help.length > 0) await (isAsked ? context.stdout : context.stderr).write(help.join(''));
    else await context.stderr.write(`${reportError(usageError(thrown, commandOf(program, args)))}\n`);
    return isAsked ? 0 : 2;
  }
}

/** The command as far as it was understood, for a hint at its help. */
function commandOf(program: Command, args: readonly string[]): string {
  let command = program;
  const names = [program.name()];
  for (const arg of args) {
    const next = command.commands.find(each => each.name() === arg);
    if (!next) break;
    command = next;
    names.push(arg);
  }
  return names.join(' ');
}

interface ScriptFlags {
  readonly execute?: readonly string[];
  readonly set?: readonly string[];
}

interface RunFlags extends ScriptFlags {
  readonly format: OutputFormat;
  readonly state?: string;
  readonly limit?: number;
  readonly quiet?: true;
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

interface ProgramParts {
  readonly context: CommandContext;
  /** Takes what commander wants to print, apart from errors. */
  readonly help: (text: string) => void;
  readonly exit: (code: ExitCode) => void;
}

function createProgram({ context, help, exit }: ProgramParts): Command {
  const program = new Command('millrace')
    .description('Streaming SQL with models in it.')
    .exitOverride()
    .configureOutput({ writeOut: help, writeErr: help, outputError: () => {} })
    .showSuggestionAfterError()
    .version(packageVersion(), '-v, --version', 'print the version')
    .addHelpText('after', EXAMPLES);

  withScripts(program.command('run').description('run scripts; results go to stdout, everything else to stderr'))
    .addOption(new Option('-f, --format <format>', 'how rows of SELECT are printed').choices(OUTPUT_FORMATS).default('table'))
    .option('--state <folder>', 'keep checkpoints there: the same script with the same folder goes on where it was')
    .option('--limit <rows>', 'end each SELECT after so many rows', wholeNumber)
    .option('-q, --quiet', 'print no progress and no summary')
    .option('--metrics-port <port>', 'serve metrics for Prometheus while the run goes on, at /metrics of this port; 0 for any', portNumber)
    .option('--metrics-host <host>', 'the address that metrics are served at; 0.0.0.0 for every one of this machine', '127.0.0.1')
    .addOption(new Option('--log-level <level>', 'log lines of this level and above go to stderr').choices(LOG_LEVELS).default('warn'))
    .addOption(
      new Option(
        '--log-format <format>',
        'how log lines look; json makes all of stderr JSON. Default: text on a terminal, else json',
      ).choices(LOG_FORMATS),
    )
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (files: string[], flags: RunFlags) => {
      const { runCommand } = await import('./run-command.js');
      const { execute = [], format, set = [], state, limit, quiet, metricsPort, metricsHost, logLevel, logFormat } = flags;
      const metrics = metricsPort === undefined ? undefined : { host: metricsHost, port: metricsPort };
      const log = { level: logLevel, format: logFormat };
      const verbosity = quiet ? 'quiet' : 'normal';
      exit(await runCommand({ files, expressions: execute, format, settings: set, state, limit, verbosity, metrics, log }, context));
    });

  withScripts(program.command('check').description('report every problem of scripts without running them'))
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async (files: string[], { execute = [], set = [] }: ScriptFlags) => {
      const { checkCommand } = await import('./check-command.js');
      exit(await checkCommand({ files, expressions: execute, settings: set }, context));
    });

  withScripts(program.command('explain').description('print the plans of scripts without running them'))
    .addHelpText('after', EXPLAIN_EXAMPLES)
    .action(async (files: string[], { execute = [], set = [] }: ScriptFlags) => {
      const { explainCommand } = await import('./check-command.js');
      exit(await explainCommand({ files, expressions: execute, settings: set }, context));
    });

  const simulate = program.command('simulate').description('serve the wire format of a paid API, for tests without cost');
  for (const service of simulators) {
    const command = simulate.command(service.name).description(service.doc).addHelpText('after', simulateExamples(service.name));
    for (const [key, schema] of Object.entries(service.options.shape)) command.option(`--${key} <value>`, schema.meta()?.description ?? '');
    command.action(async (flags: Readonly<Record<string, string>>) => {
      const { simulateCommand } = await import('./simulate-command.js');
      const written = command.options.flatMap((option): [string, string][] => {
        const value = flags[option.attributeName()];
        return value === undefined ? [] : [[option.long!.slice(2), value]];
      });
      exit(await simulateCommand(service, new Map(written), context));
    });
  }

  addDeadLetters(program.command('dead-letters').description('list, show and replay the rows that models gave up'), { context, exit });

  return program;
}

interface DeadLetterFlags {
  readonly table?: string;
  readonly script?: readonly string[];
  readonly set?: readonly string[];
  readonly state?: string;
}

function addDeadLetters(command: Command, { context, exit }: Pick<ProgramParts, 'context' | 'exit'>): void {
  const optionsOf = (target: string | undefined, { table, script = [], set = [], state }: DeadLetterFlags) => ({
    target,
    table,
    scripts: script,
    settings: set,
    state,
  });
  const subcommand = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .argument('[target]', 'file of dead letters, or table:name')
      .option('--table <name>', 'a table of dead letters, which a script defines')
      .option('--script <file>', 'a script with the table, or with the statements to replay; can be given again', collect)
      .option('--set <key=value>', 'a setting, as SET in the script; can be given again', collect)
      .option('--state <folder>', 'where it is kept what was replayed; beside a file when absent')
      .addHelpText('after', DEAD_LETTER_EXAMPLES);

  subcommand('list', 'print the dead letters, the newest first, and how many there are of which error')
    .addOption(new Option('-f, --format <format>', 'how they are printed').choices(OUTPUT_FORMATS).default('table'))
    .action(async (target: string | undefined, flags: DeadLetterFlags & { readonly format: OutputFormat }) => {
      const { listDeadLetters } = await import('./dead-letters-command.js');
      exit(await listDeadLetters({ ...optionsOf(target, flags), format: flags.format }, context));
    });

  subcommand('show', 'print everything of one dead letter')
    .argument('[id]', 'the dead letter')
    .action(async (first: string | undefined, second: string | undefined, flags: DeadLetterFlags) => {
      const { showDeadLetter } = await import('./dead-letters-command.js');
      const [target, id] = flags.table === undefined ? [first, second] : [second, first];
      exit(await showDeadLetter({ ...optionsOf(target, flags), id }, context));
    });

  subcommand('replay', 'send their rows through their statements again')
    .option('--id <id>', 'one to replay, instead of all that were not replayed; can be given again', collect)
    .option('--dry-run', 'tell only what would be replayed')
    .action(async (target: string | undefined, flags: DeadLetterFlags & { readonly id?: readonly string[]; readonly dryRun?: true }) => {
      const { replayDeadLetters } = await import('./replay-command.js');
      exit(await replayDeadLetters({ ...optionsOf(target, flags), ids: flags.id ?? [], isDry: flags.dryRun ?? false }, context));
    });
}

function withScripts(command: Command): Command {
  return command
    .argument('[files...]', 'SQL scripts, run in order')
    .addOption(new Option('--engine <engine>', 'what runs the scripts').choices(ENGINES).argParser(engine).default('embedded'))
    .option('-e, --execute <sql>', 'statements to run after the files; can be given again', collect)
    .option('--set <key=value>', 'a setting, as SET in the script; can be given again', collect);
}

const ENGINES = ['embedded', 'flink'];

/** Scripts, errors and documents name the engine of Flink; it comes with another build. */
function engine(name: string): string {
  if (name === 'flink') throw new InvalidArgumentError('This build has no Flink engine; run the script with the SQL client of Flink.');
  if (name === 'embedded') return name;
  throw new InvalidArgumentError(`The engines are ${ENGINES.join(' and ')}.`);
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function portNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('A port is a whole number up to 65535.');
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is expected.');
}

function simulateExamples(service: string): string {
  return `
Examples:
  millrace simulate ${service} --port 8080 --latency '200 ms'
  millrace simulate ${service} --requests-per-minute 600 --error-503-rate 0.1 --latency 'p50 300 ms p99 2 s'
`;
}

const EXAMPLES = `
Examples:
  millrace run pipeline.sql                    run a script until its input ends or Ctrl-C
  millrace run -e "SELECT 1 + 1 AS two"        run a statement
  millrace check pipeline.sql                  find mistakes without running anything
  millrace explain pipeline.sql                see what would run
  millrace simulate openai --port 8080         a stand-in for a paid API
  millrace dead-letters list failed.jsonl      the rows that models gave up
`;

const RUN_EXAMPLES = `
Examples:
  millrace run pipeline.sql --state ./state    go on after a stop or crash where the job was
  millrace run tables.sql -e "SELECT * FROM orders" --format jsonl --limit 10 | jq .
  millrace run pipeline.sql --set parallelism.default=4
  millrace run pipeline.sql --metrics-port 9464 --log-format json --log-level info

Exit codes: 0 done, 1 an outside system failed, 2 the script or command line needs a change.
`;

const CHECK_EXAMPLES = `
Examples:
  millrace check pipeline.sql
  millrace check tables.sql -e "SELECT amount FROM orders"

Exit codes: 0 no problems, 2 problems.
`;

const DEAD_LETTER_EXAMPLES = `
Examples:
  millrace dead-letters list failed.jsonl
  millrace dead-letters show failed.jsonl 5d0c-predict-3-1
  millrace dead-letters replay failed.jsonl --script pipeline.sql --dry-run
  millrace dead-letters replay --table failed --script pipeline.sql --state replay-state

Exit codes: 0 done, 1 an outside system failed, 2 the script or command line needs a change.
`;

const EXPLAIN_EXAMPLES = `
Examples:
  millrace explain pipeline.sql
  millrace explain tables.sql -e "SELECT SUM(amount) FROM orders"
`;
