import { canonicalKey, checkOptions } from '../config/read-options.js';
import { runtimeOptions } from '../inference/options.js';
import type { VectorSearchExec } from '../planner/physical/exec-node.js';

/** What the MAP of a search says about how it is made; all other keys are the connector's. */
const searchOptions = runtimeOptions.pick({ async: true, 'max-concurrent-requests': true, timeout: true, 'output-mode': true });
const GROUPS = [{ schema: searchOptions }];

/** Checks the MAP of a search as far as its keys are known. @throws {MillraceError | MillraceErrors} at the entry. */
export function checkSearch({ config, configSpans }: Pick<VectorSearchExec, 'config' | 'configSpans'>): void {
  const values = new Map([...config].filter(([key]) => Object.hasOwn(searchOptions.shape, canonicalKey(key, GROUPS))));
  checkOptions({ owner: 'VECTOR_SEARCH', values, spans: configSpans }, GROUPS);
}
