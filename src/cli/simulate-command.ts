import type { CommandContext, ExitCode } from './command-context.js';
import { exitCodeOf } from './exit-code.js';
import { reportError } from './report-error.js';
import type { SimulatedService } from './simulators.js';

/**
 * Serves a wire format until somebody asks the process to stop, then prints what was asked.
 *
 * @param flags values as written, by key.
 */
export async function simulateCommand(
  service: SimulatedService,
  flags: ReadonlyMap<string, string>,
  context: CommandContext,
): Promise<ExitCode> {
  try {
    const simulator = await service.start(flags);
    await context.stdout.write(`${simulator.url}\n`);
    void context.stderr.write(`serving the wire format of ${service.of}; Ctrl-C ends it and prints what was asked\n`);
    await new Promise<void>(resolve => {
      context.onStop(() => resolve());
    });
    void context.stderr.write(`${JSON.stringify(simulator.stats(), undefined, 2)}\n`);
    await simulator.close();
    return 0;
  } catch (thrown) {
    void context.stderr.write(`${reportError(thrown)}\n`);
    return exitCodeOf(thrown);
  }
}
