import type { ServiceCondition } from '../provider-contract/service-under-test.js';
import type { SimulatorOptions } from './simulator-options.js';

/** Rates of `faultOptions`. */
export type ConditionOptions = Partial<SimulatorOptions> &
  Readonly<Partial<Record<`${string}-rate`, number>>> & {
    readonly 'out-of-quota'?: boolean;
  };

/**
 * The options that put a simulator into a condition of the provider contract.
 *
 * Services with limits of their own kinds set those of `limited` themselves.
 */
export function conditionOptions(condition: ServiceCondition): ConditionOptions {
  switch (condition.kind) {
    case 'normal':
      return {};
    case 'status':
      return { status: condition.status, ...condition.waits };
    case 'slow':
      return { latency: { kind: 'fixed', ms: 600_000 } };
    case 'out-of-quota':
      return { 'out-of-quota': true };
    case 'limited':
      return { 'requests-per-minute': 600, 'tokens-per-minute': 100_000 };
    default:
      return { [`${condition.kind}-rate`]: 1 };
  }
}
