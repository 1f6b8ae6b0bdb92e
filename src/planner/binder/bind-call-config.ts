import { resolveType } from '../../catalog/resolve-type.js';
import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { ModelCallSite } from '../logical/expression.js';

/** The overrides of one call. */
export type CallConfig = Pick<ModelCallSite, 'config' | 'configSpans'>;

/** Options that say what a model is; a call can change only how it is asked. */
const FIXED_KEYS: ReadonlySet<string> = new Set(['provider', 'task']);

/** The overrides of a model call. @throws {MillraceError} as `bindLiteralMap`, and for an option that is the model's own. */
export function bindCallConfig(argument: Expression | undefined): CallConfig {
  const overrides = bindLiteralMap(argument, 'a model call');
  const fixed = [...overrides.config.keys()].find(key => FIXED_KEYS.has(key));
  if (fixed === undefined) return overrides;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `a call cannot change "${fixed}" of its model`,
    span: overrides.configSpans.get(fixed)!.key,
    notes: [{ message: 'create a second model' }],
  });
}

/**
 * The options of `MAP['k', 'v', …]`: string literals only; none where the argument is absent or DEFAULT.
 *
 * @param owner what the options are of, for messages.
 */
export function bindLiteralMap(argument: Expression | undefined, owner: string): CallConfig {
  const config = new Map<string, string>();
  const configSpans = new Map<string, { key: Span; value: Span }>();
  if (argument === undefined || argument.kind === 'default-argument') return { config, configSpans };
  if (argument.kind !== 'map') throw notLiterals(`the configuration of ${owner} is a MAP of string literals`, argument);
  for (const { key, value } of argument.entries) {
    const written = literalText(key, owner);
    if (config.has(written)) {
      throw new MillraceError({ code: 'DUPLICATE_NAME', message: `option "${written}" is given twice`, span: key.span });
    }
    config.set(written, literalText(value, owner));
    configSpans.set(written, { key: key.span, value: value.span });
  }
  return { config, configSpans };
}

/** What a string literal says; a CAST of a literal to text is one too, as in Flink. */
function literalText(expression: Expression, owner: string): string {
  if (expression.kind === 'string') return expression.value;
  if (expression.kind === 'cast' && resolveType(expression.type).kind === 'VARCHAR') {
    const { operand } = expression;
    if (operand.kind === 'string') return operand.value;
    if (operand.kind === 'number') return operand.text;
  }
  throw notLiterals(`the MAP of ${owner} holds string literals only`, expression);
}

function notLiterals(message: string, { span }: Expression): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message, span, notes: [{ message: "write MAP['timeout', '10 s']" }] });
}
