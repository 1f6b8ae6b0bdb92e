import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { TestContext } from 'node:test';

const MAIN = resolve('dist/cli/main.js');

/** How a command ended. */
export interface Ended {
  /** Exit code; 128 and the number of the signal where one ended the process, as shells say it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Variables besides those that every process needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command line in which `"$@"` stands for millrace and its arguments. */
  readonly shell?: string;
}

/** Longest wait for what a process is to do; a guard against hanging, not a measure. */
const PATIENCE_MS = 60_000;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** A millrace process with everything it has printed so far. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#ended = this.#end();
  }

  get ended(): Promise<Ended> {
    return this.#ended;
  }

  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  /** Ends the process and those that a shell started with it. */
  kill(): void {
    if (this.#isOver) return;
    process.kill(-this.#child.pid!, 'SIGKILL');
  }

  /** Resolves when `isSo` holds. @throws when the process ends before that, with what it printed. */
  async until(isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isSo()) {
      const problem = this.#isOver ? `ended with ${this.#child.exitCode ?? this.#child.signalCode}` : 'goes on';
      if ((this.#isOver || performance.now() > deadline) && !isSo())
        throw new Error(`millrace ${problem} and did not do what was expected: ${isSo.toString()}\n${this.stdout}${this.stderr}`);
      await new Promise(done => setTimeout(done, 10));
    }
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #end(): Promise<Ended> {
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code: code ?? 128 + SIGNAL_NUMBERS[signal!]!, stdout: this.stdout, stderr: this.stderr };
  }
}

/** A new empty folder in which a test runs millrace; gone with the test, like every process that still runs. */
export function workplace(test: TestContext): Workplace {
  const place = new Workplace();
  test.after(() => place.remove());
  return place;
}

export class Workplace {
  readonly path = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  readonly #running: RunningCommand[] = [];

  async remove(): Promise<void> {
    for (const command of this.#running) command.kill();
    await Promise.all(this.#running.map(command => command.ended));
    rmSync(this.path, { recursive: true, force: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), text);
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** Names in a folder, hidden ones too; empty where there is none. */
  names(folder = '.'): string[] {
    try {
      return readdirSync(this.file(folder)).toSorted();
    } catch {
      return [];
    }
  }

  /** Lines of a file, or of the visible files of a folder; none where there is nothing. */
  lines(name: string): string[] {
    if (!this.exists(name)) return [];
    const isFolder = statSync(this.file(name)).isDirectory();
    const visible = this.names(name).filter(each => !each.startsWith('.'));
    const files = isFolder ? visible.map(each => join(name, each)) : [name];
    return files.flatMap(each => this.read(each).split('\n').slice(0, -1));
  }

  exists(name: string): boolean {
    return existsSync(this.file(name));
  }

  start(args: readonly string[], { env = {}, shell }: CommandOptions = {}): RunningCommand {
    const command = [process.execPath, MAIN, ...args];
    const [file, ...rest] = shell === undefined ? command : ['/bin/bash', '-c', shell, 'millrace', ...command];
    const child = spawn(file!, rest, {
      cwd: this.path,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const running = new RunningCommand(child);
    this.#running.push(running);
    return running;
  }

  run(args: readonly string[], options?: CommandOptions): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** The text with what differs from run to run in one form. */
  masked(text: string): string {
    return text
      .replaceAll(this.path, 'FOLDER')
      .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\.part-[\w.-]+\.inprogress/g, '.part-ID.inprogress')
      .replaceAll(/\d[\d,.]* (ms|s)\b/g, 'N ms')
      .replaceAll(/\d[\d,.]* rows\/s\b/g, 'N rows/s');
  }
}

/** A table over a file or folder of JSON lines. */
export function jsonTable(name: string, columns: string, path: string, options: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries({ connector: 'filesystem', path, format: 'json', ...options });
  return `CREATE TABLE ${name} (${columns}) WITH (${pairs.map(([key, value]) => `'${key}' = '${value}'`).join(', ')});\n`;
}

/** `{"id":1}` … as lines. */
export function idLines(from: number, to: number): string {
  return numbers(from, to)
    .map(id => `{"id":${id}}\n`)
    .join('');
}

/** The ids in a file or folder of JSON lines, in order. */
export function idsIn(place: Workplace, name: string): number[] {
  return place
    .lines(name)
    .map(line => (JSON.parse(line) as { readonly id: number }).id)
    .toSorted((a, b) => a - b);
}

/** All whole numbers from one to another, both included. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
