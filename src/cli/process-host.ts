import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { systemClock } from '../common/clock.js';
import { awsKeySource } from '../config/aws-keys.js';
import { processEnvironment } from '../config/environment.js';
import { extensions } from '../extensions.js';
import { errorNumber, fileError } from '../kit/file-error.js';
import { moduleLoader } from '../session/module-loader.js';
import type { OutputStream } from '../spec/connector.js';
import type { CommandContext, StopReason } from './command-context.js';

/** More than any model may have in flight; the runtime's own limit is what counts. */
const HTTP_CONNECTIONS = 1_024;

/** The process as commands see it. */
export function processContext(): CommandContext {
  const stops = new StopRequests();
  const stdout = resultOutput(process.stdout, () => stops.ask('output-closed'));
  const stderr = messageOutput(process.stderr);
  const warn = (message: string): void => void stderr.write(`warning: ${message}\n`);
  return {
    stdout,
    stderr,
    isTerminal: process.stderr.isTTY,
    columns: process.stderr.columns ?? 80,
    host: {
      extensions,
      environment: processEnvironment(),
      clock: systemClock,
      random: Math.random,
      newId: randomUUID,
      output: stdout,
      openHttp: async () => (await import('../kit/http-transport.js')).createHttpTransport({ connections: HTTP_CONNECTIONS }),
      loadModule: moduleLoader(process.cwd()),
      awsKeys: awsKeySource({ warn, ownsProcess: true }),
      warn,
    },
    onStop: callback => stops.listen(callback),
  };
}

/** Results: what cannot be written is an error, unless the reader has left. */
function resultOutput(stream: Writable, onClosed: () => void): OutputStream {
  let isClosed = false;
  // Without a listener the process would end with a stack trace; the callbacks below tell the same.
  stream.on('error', () => {});
  const close = (): void => {
    if (!isClosed) onClosed();
    isClosed = true;
  };
  return {
    write(text) {
      if (isClosed) return undefined;
      return new Promise((resolve, reject) => {
        stream.write(text, cause => {
          if (errorNumber(cause) === 'EPIPE') close();
          else if (cause) return reject(fileError({ action: 'write', path: 'stdout', cause }));
          resolve();
        });
      });
    },
  };
}

/** Words for people: where they cannot be written, there is nobody to tell. */
function messageOutput(stream: Writable): OutputStream {
  stream.on('error', () => {});
  return { write: text => new Promise(resolve => stream.write(text, () => resolve())) };
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first SIGINT or SIGTERM asks to stop; a later one ends the process at once, with the signal's exit code. */
class StopRequests {
  readonly #listeners = new Set<(reason: StopReason) => void>();
  #isAsked = false;

  ask(reason: StopReason): void {
    this.#isAsked = true;
    for (const listener of this.#listeners) listener(reason);
  }

  listen(listener: (reason: StopReason) => void): () => void {
    this.#listeners.add(listener);
    const handlers = Object.entries(SIGNALS).map(([signal, code]): [string, () => void] => [
      signal,
      () => {
        if (this.#isAsked) process.exit(code);
        this.ask('signal');
      },
    ]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    return () => {
      this.#listeners.delete(listener);
      for (const [signal, handler] of handlers) process.off(signal, handler);
    };
  }
}
