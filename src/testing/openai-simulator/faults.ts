import type { OpenAiSimulatorOptions } from './simulator-options.js';

export type Fault = 'error-500' | 'error-503' | 'reset' | 'slow' | 'truncated' | 'empty' | 'error-body' | 'content-filter' | 'refusal';

type RateKey = `${Fault}-rate` & keyof OpenAiSimulatorOptions;

/** In the order in which they share the range from 0 to 1. */
const FAULTS: readonly Fault[] = [
  'error-500',
  'error-503',
  'reset',
  'slow',
  'truncated',
  'empty',
  'error-body',
  'content-filter',
  'refusal',
];

/**
 * The fault of one request, if it has one: at most one, each with its own rate.
 *
 * @param draw uniform in [0, 1).
 */
export function chooseFault(options: OpenAiSimulatorOptions, draw: number): Fault | undefined {
  let bound = 0;
  return FAULTS.find(fault => {
    bound += options[`${fault}-rate` satisfies RateKey];
    return draw < bound;
  });
}
