import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Hint } from '../../sql/ast/query.js';
import { lookupHint, type NamedLookupHint } from './bind-lookup-hint.js';

/**
 * The hints of Flink that choose how a query runs, and not what it gives: a script with them runs on both engines, and the
 * embedded one has no such choice, but for LOOKUP. From `FlinkHints` and `FlinkHintStrategies` of Flink 2.2.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'AGG_STRATEGY',
  'BROADCAST',
  'JOIN_ORDER',
  'LOOKUP',
  'MULTI_JOIN',
  'NEST_LOOP',
  'SHUFFLE_HASH',
  'SHUFFLE_MERGE',
  'STATE_TTL',
]);

/**
 * A hint after SELECT: what it says of a lookup join, the one thing that hints decide here.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT` at one that Flink does not know either.
 */
export function queryHint(hint: Hint): NamedLookupHint | undefined {
  const name = hint.name.toUpperCase();
  if (!WITHOUT_EFFECT.has(name)) throw unknownHint(hint, [...WITHOUT_EFFECT]);
  return name === 'LOOKUP' ? lookupHint(hint) : undefined;
}

/** The options that OPTIONS hints after a table's name put over those of the table. @throws {MillraceError} for an unknown hint. */
export function hintOptions(hints: readonly Hint[]): ReadonlyMap<string, string> {
  for (const hint of hints) {
    const name = hint.name.toUpperCase();
    if (name !== 'OPTIONS' && !WITHOUT_EFFECT.has(name)) throw unknownHint(hint, ['OPTIONS', ...WITHOUT_EFFECT]);
  }
  const options = hints.filter(({ name }) => name.toUpperCase() === 'OPTIONS').flatMap(hint => hint.options);
  return new Map(options.map(({ key, value }) => [key, value]));
}

function unknownHint({ name, span }: Hint, known: readonly string[]): MillraceError {
  const suggestion = nearest(name.toUpperCase(), known);
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `there is no hint ${name} here`,
    span,
    notes: [{ message: suggestion === undefined ? `the hints are ${known.join(', ')}` : `did you mean ${suggestion}?` }],
  });
}
