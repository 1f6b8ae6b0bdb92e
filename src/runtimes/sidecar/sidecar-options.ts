import { z } from 'zod';
import { duration, integer, jsonObject, memorySize, option, text } from '../../spec/option.js';

export const sidecarOptions = z.object({
  'sidecar.python': option(text().default('python3'), {
    doc: 'The interpreter that has the framework and NumPy: a path such as `/opt/models/venv/bin/python`, or a name in the usual folders of programs.',
    aliases: ['sidecar_python'],
  }),
  'sidecar.signature': option(text().optional(), {
    doc: 'The signature of a SavedModel that is called; `serving_default`, or the only one, when absent.',
  }),
  'sidecar.memory-limit': option(memorySize().optional(), {
    doc: 'Most memory of one worker process. One that takes more is replaced, and its calls fail and are tried again.',
    aliases: ['sidecar.memory_limit'],
  }),
  'sidecar.start-timeout': option(duration().default(120_000), {
    doc: 'How long a worker may take to start and to load the model.',
    aliases: ['sidecar.start_timeout'],
  }),
  'sidecar.max-restarts': option(integer({ min: 0, max: 1_000 }).default(5), {
    doc: 'How often a worker is started again without an answer in between; after that calls fail.',
    aliases: ['sidecar.max_restarts'],
  }),
  'sidecar.threads': option(integer({ min: 1, max: 256 }).default(1), {
    doc: 'Threads that a worker computes one call with. With more than one, sums can depend on how rows are cut into calls.',
  }),
  'sidecar.environment': option(environment().optional(), {
    doc: 'Variables for the worker in JSON, such as `{"LD_LIBRARY_PATH": "/usr/local/cuda/lib64"}`. Of Millrace\'s own it gets none but HOME.',
  }),
});

export type SidecarOptions = z.output<typeof sidecarOptions>;

function environment() {
  return jsonObject().transform((given, context): Readonly<Record<string, string>> => {
    const entries = Object.entries(given as Record<string, unknown>);
    if (entries.every(([name, value]) => typeof value === 'string' && /^[A-Za-z_]\w*$/.test(name)))
      return Object.fromEntries(entries) as Record<string, string>;
    context.addIssue({ code: 'custom', message: 'expected variables as texts, such as {"LD_LIBRARY_PATH": "/opt/lib"}' });
    return z.NEVER;
  });
}
