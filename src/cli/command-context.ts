import type { OutputStream } from '../spec/connector.js';
import type { SessionHost } from '../session/host.js';

/** What a command takes from the process; tests give their own. */
export interface CommandContext {
  /** Results. */
  readonly stdout: OutputStream;
  /** Everything else. */
  readonly stderr: OutputStream;
  /** Whether lines on stderr may be rewritten. */
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  readonly host: SessionHost;
  /** Calls back when somebody asks the process to stop; the returned function ends that. */
  onStop(callback: (reason: StopReason) => void): () => void;
}

/** `output-closed`: whoever read the results has left, as `| head` does. */
export type StopReason = 'signal' | 'output-closed';

/** 0 done, 1 external failure or defect, 2 the user's mistake. */
export type ExitCode = 0 | 1 | 2;
