import { resolveType } from '../../catalog/resolve-type.js';
import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { ModelCallSite } from '../logical/expression.js';

/** The overrides of one call. */
export type CallConfig = Pick<ModelCallSite, 'config' | 'configSpans'>;

/** Options that say what a model is; a call can change only how it is asked. */
const FIXED_KEYS: ReadonlySet<string> = new Set(['provider', 'task']);

/** The overrides of `MAP['k', 'v', …]`: string literals only; none where the argument is absent or DEFAULT. */
export function bindCallConfig(argument: Expression | undefined): CallConfig {
  const config = new Map<string, string>();
  const configSpans = new Map<string, { key: Span; value: Span }>();
  if (argument === undefined || argument.kind === 'default-argument') return { config, configSpans };
  if (argument.kind !== 'map') throw notLiterals('the configuration of a model call is a MAP of string literals', argument);
  for (const { key, value } of argument.entries) {
    const written = literalText(key);
    if (FIXED_KEYS.has(written)) {
      throw new MillraceError({
        code: 'INVALID_ARGUMENT',
        message: `a call cannot change "${written}" of its model`,
        span: key.span,
        notes: [{ message: 'create a second model' }],
      });
    }
    if (config.has(written)) {
      throw new MillraceError({ code: 'DUPLICATE_NAME', message: `option "${written}" is given twice`, span: key.span });
    }
    config.set(written, literalText(value));
    configSpans.set(written, { key: key.span, value: value.span });
  }
  return { config, configSpans };
}

/** What a string literal says; a CAST of a literal to text is one too, as in Flink. */
function literalText(expression: Expression): string {
  if (expression.kind === 'string') return expression.value;
  if (expression.kind === 'cast' && resolveType(expression.type).kind === 'VARCHAR') {
    const { operand } = expression;
    if (operand.kind === 'string') return operand.value;
    if (operand.kind === 'number') return operand.text;
  }
  throw notLiterals('the MAP of a model call holds string literals only', expression);
}

function notLiterals(message: string, { span }: Expression): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message, span, notes: [{ message: "write MAP['timeout', '10 s']" }] });
}
