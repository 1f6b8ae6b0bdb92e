import { readOptions } from '../config/read-options.js';
import { openAiSimulatorOptions } from '../testing/openai-simulator/simulator-options.js';
import type { CommandContext, ExitCode } from './command-context.js';
import { exitCodeOf } from './exit-code.js';
import { reportError } from './report-error.js';

/** The flags of `simulate openai`: key → sentence, as the simulator declares them. */
export function simulatorFlags(): readonly { readonly key: string; readonly doc: string }[] {
  return Object.entries(openAiSimulatorOptions.shape).map(([key, schema]) => ({ key, doc: schema.meta()?.description ?? '' }));
}

/**
 * Serves OpenAI's wire format until somebody asks the process to stop, then prints what was asked.
 *
 * @param flags values as written, by key.
 */
export async function simulateOpenAi(flags: ReadonlyMap<string, string>, context: CommandContext): Promise<ExitCode> {
  const noSecrets = { secret: () => undefined, variable: () => undefined };
  try {
    const [options] = readOptions({ owner: 'simulate openai', values: flags }, [{ schema: openAiSimulatorOptions }], noSecrets);
    const { startOpenAiSimulator } = await import('../testing/openai-simulator/openai-simulator.js');
    const simulator = await startOpenAiSimulator(options);
    await context.stdout.write(`${simulator.url}\n`);
    void context.stderr.write("serving OpenAI's wire format; Ctrl-C ends it and prints what was asked\n");
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
