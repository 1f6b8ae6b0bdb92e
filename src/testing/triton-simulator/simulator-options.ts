import { z } from 'zod';
import { flag, option, text } from '../../spec/option.js';
import { answerOptions, faultOptions, limit, limitWindowOptions, serverOptions, statusOptions } from '../simulator/simulator-options.js';

/** What `millrace simulate triton` takes as flags and `startTritonSimulator` as an object. Rates are shares of requests, from 0 to 1. */
export const tritonSimulatorOptions = z.object({
  ...serverOptions,
  'auth-token': option(text().optional(), { doc: 'The only bearer token that is accepted; none is needed when absent.' }),
  binary: option(flag().prefault('true'), { doc: 'Whether the server lists the extension for binary tensors.' }),
  'model-config': option(flag().prefault('true'), {
    doc: 'Whether models tell their configuration, as Triton does and other servers do not.',
  }),
  ...answerOptions,
  'requests-per-minute': limit('requests, as of a proxy in front'),
  ...limitWindowOptions,
  ...statusOptions,
  ...faultOptions,
});

export type TritonSimulatorOptions = z.output<typeof tritonSimulatorOptions>;
