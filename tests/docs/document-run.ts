import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Block } from './read-blocks.js';

const ROOT = process.cwd();
const MAIN = join(ROOT, 'dist/cli/main.js');
const LONGEST_BLOCK_MS = 60_000;
/** What documents show in place of the folder that their blocks run in. */
const READERS_FOLDER = '/home/you';
/** A test runner inside of this one would take itself for a part of it, and run nothing; keys of ours are no part of a document. */
const HIDDEN_VARIABLES: ReadonlySet<string> = new Set(['NODE_TEST_CONTEXT', 'MILLRACE_SECRET_OPENAI_API_KEY', 'OPENAI_API_KEY']);
/** A line with a command of ours; the other blocks of a document install things. */
const OWN_LINE = /^(?:[A-Z_]+=\S* )*(?:npx )?(?:millrace|node) /m;
const SERVER_LINE = /^(?:npx )?millrace simulate /;
/** Lines of the log stand among those for people; they have a time, and are no matter of the examples. */
const LOG_LINE = /^\{"level":.*\n/gm;
/** Statements that later blocks of a document build on. */
const DEFINITION = /^(?:CREATE|ALTER|DROP|SET|RESET|USE)\b/;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the blocks of one document in a folder of its own, as a reader would:
 *
 * - a block below the name of a file is that file; a command or another file must name it or its folder;
 * - other `sql` blocks are run with the definitions of the `sql` blocks before them;
 * - `sh` blocks with a `millrace` or `node` command are run by a shell; a line with `millrace simulate` goes on beside the
 *   rest, at a free port in place of the one that is written;
 * - a `text` block right behind one of these is what it prints. Where it starts with `error[`, the command fails with it;
 *   `text stderr` is what stands on stderr, times apart.
 */
export class DocumentRun {
  readonly #folder: string;
  readonly #servers: ChildProcess[] = [];
  readonly #addresses = new Map<string, string>();
  readonly #files = new Map<string, string>();
  #commands = '';
  #definitions = '';
  /** Of the last block that ran; absent where there was none right before. */
  #last: Outcome | undefined;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'));
    for (const name of ['examples', 'tests', 'dist', 'package.json']) symlinkSync(join(ROOT, name), join(this.#folder, name));
    mkdirSync(join(this.#folder, 'node_modules'));
    symlinkSync(ROOT, join(this.#folder, 'node_modules/millrace'));
    // Extensions declare their options with it, so whoever writes one has installed it.
    symlinkSync(join(ROOT, 'node_modules/zod'), join(this.#folder, 'node_modules/zod'));
    mkdirSync(join(this.#folder, '.bin'));
    writeFileSync(join(this.#folder, '.bin/millrace'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    chmodSync(join(this.#folder, '.bin/millrace'), 0o755);
  }

  /** What the last block printed, as the text block `block` behind it shows it. */
  printed(block: Block): string {
    assert.ok(this.#last, 'nothing was run that could print this');
    const { code, stdout, stderr } = this.#last;
    const shown = code !== 0 || block.words.includes('stderr') ? stderr : stdout;
    return shown.replaceAll(LOG_LINE, '').replaceAll(this.#folder, READERS_FOLDER).trimEnd();
  }

  /** Runs a block. `next` is the one behind it, and tells whether it is to fail. */
  async run(block: Block, next: Block | undefined, mode: 'check' | 'update'): Promise<void> {
    this.#last = undefined;
    if (block.file !== undefined) this.#write(block.file, block);
    else if (block.language === 'sql') this.#last = await this.#sql(block.text);
    else if (block.language === 'sh' && OWN_LINE.test(block.text)) this.#last = await this.#shell(block.text);
    if (this.#last && mode === 'check') checkExit(this.#last, next);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      const exited = once(server, 'exit');
      if (server.exitCode === null && server.kill('SIGTERM')) await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
    assert.deepEqual(this.#unusedFiles(), [], 'files that the document does not use');
  }

  #write(file: string, { language, text }: Block): void {
    const path = resolve(this.#folder, file);
    assert.ok(path.startsWith(this.#folder), file);
    assert.ok(!existsSync(path), `${file} is given twice`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${this.#located(text)}\n`);
    this.#files.set(file, text);
    if (language === 'sql') this.#define(text);
  }

  #unusedFiles(): string[] {
    return [...this.#files.keys()].filter(file => {
      const texts = [this.#commands, ...[...this.#files].filter(([name]) => name !== file).map(([, text]) => text)];
      return !texts.some(text => text.includes(file) || (file.includes('/') && text.includes(file.split('/')[0]!)));
    });
  }

  #define(text: string): void {
    const statements = text.split(/;\s*(?:\n|$)/).map(each => each.replaceAll(/^--.*\n/gm, '').trim());
    for (const statement of statements) if (DEFINITION.test(statement)) this.#definitions += `${statement};\n`;
  }

  async #sql(text: string): Promise<Outcome> {
    this.#commands += text;
    const definitions = join(this.#folder, '.bin/definitions.sql');
    writeFileSync(definitions, this.#located(this.#definitions));
    const outcome = await this.#spawn(process.execPath, [MAIN, 'run', '--quiet', definitions, '-e', this.#located(text)]);
    if (outcome.code === 0) this.#define(text);
    return outcome;
  }

  async #shell(text: string): Promise<Outcome | undefined> {
    this.#commands += text;
    const lines = text.split('\n');
    for (const line of lines) if (SERVER_LINE.test(line)) await this.#serve(line.replace(/^npx /, ''));
    const rest = lines.filter(line => !SERVER_LINE.test(line)).join('\n');
    // What npx finds in a clone is the same program, half a second later.
    return rest.trim() === ''
      ? undefined
      : this.#spawn('bash', ['-e', '-o', 'pipefail', '-c', this.#located(rest.replaceAll('npx millrace', 'millrace'))]);
  }

  /** Starts a simulator and remembers where it really is. */
  async #serve(command: string): Promise<void> {
    const port = /--port (\d+)/.exec(command)?.[1];
    const server = spawn('bash', ['-c', `exec ${command.replace(/--port \d+/, '--port 0')}`], {
      cwd: this.#folder,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#servers.push(server);
    const [address] = (await once(server.stdout, 'data')) as [Buffer];
    this.#addresses.set(`http://127.0.0.1:${port}`, new URL(address.toString().trim()).origin);
  }

  #located(text: string): string {
    let located = text;
    for (const [written, real] of this.#addresses) located = located.replaceAll(written, real);
    return located;
  }

  #environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !HIDDEN_VARIABLES.has(name));
    return { ...Object.fromEntries(kept), PATH: `${join(this.#folder, '.bin')}:${process.env['PATH']}` };
  }

  async #spawn(command: string, args: readonly string[]): Promise<Outcome> {
    // In a group of its own: what a block leaves running behind it would keep its output open.
    const child = spawn(command, args, { cwd: this.#folder, env: this.#environment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const deadline = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), LONGEST_BLOCK_MS);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (chunk: string) => (output[stream] += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(deadline);
    return { code, ...output };
  }
}

/** A command fails only where the block behind it shows its error. */
function checkExit({ code, stdout, stderr }: Outcome, next: Block | undefined): void {
  const fails = next?.language === 'text' && next.isAdjacent && next.text.startsWith('error[');
  if (fails) assert.ok(code === 1 || code === 2, `it ended with ${code}:\n${stdout}`);
  else assert.equal(code, 0, stderr);
}
