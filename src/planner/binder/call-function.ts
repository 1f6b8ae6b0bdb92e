import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Span } from '../../common/span.js';
import { absenceOf } from '../functions/absent-functions.js';
import { aggregateNames } from '../functions/aggregate/aggregate-registry.js';
import type { BoundArgument, Resolution, ScalarFunction } from '../functions/function.js';
import { OVER_FUNCTIONS } from '../functions/over/over-functions.js';
import { SPECIAL_FORMS } from '../functions/special-forms.js';
import type { BoundCall, BoundExpression } from '../logical/expression.js';
import type { Binding } from './binding.js';
import { buildCall } from './build-expression.js';

export interface CallRequest {
  /** Upper case. */
  readonly name: string;
  /** Of the whole call. */
  readonly span: Span;
  readonly args: readonly BoundExpression[];
  /** For a call with clauses of its own: what they are, and how it is resolved in place of the function's `resolve`. */
  readonly form?: { readonly clauses: BoundCall['clauses']; readonly resolve: (args: readonly BoundArgument[]) => Resolution } | undefined;
}

/**
 * A call of a registered function over bound arguments, which are cast to the parameter types.
 *
 * @throws {MillraceError} `UNKNOWN_FUNCTION`, or what the function's `resolve` throws, at `span`.
 */
export function callFunction(binding: Binding, call: CallRequest): BoundExpression {
  const found = binding.functions.get(call.name);
  if (!found) throw unknownFunction(binding, call.name, call.span);
  return applyFunction(found, call);
}

/** As `callFunction`, of a function that is known. */
export function applyFunction(found: ScalarFunction, { span, args, form }: Omit<CallRequest, 'name'>): BoundExpression {
  try {
    return form ? { ...buildCall({ ...found, resolve: form.resolve }, args), clauses: form.clauses } : buildCall(found, args);
  } catch (thrown) {
    throw MillraceError.is(thrown) ? thrown.at(span) : thrown;
  }
}

/** What looks like a function and is none of the registry. */
export const OTHER_NAMES: readonly string[] = [
  ...SPECIAL_FORMS.filter(({ name, signature }) => signature.startsWith(`${name}(`)).map(form => form.name),
  'ML_PREDICT',
  'ML_EMBED',
  'ML_SCORE',
  ...aggregateNames(),
  ...OVER_FUNCTIONS.map(each => each.name),
];

function unknownFunction(binding: Binding, name: string, span: Span): MillraceError {
  const absence = absenceOf(name);
  if (absence !== undefined) {
    return new MillraceError({
      code: 'UNSUPPORTED',
      message: `the embedded engine has no function "${name}"`,
      span,
      notes: [{ message: absence }],
    });
  }
  const own = [...binding.catalog.functions(), ...binding.catalog.systemFunctions()].map(each => each.name.object.toUpperCase());
  const builtIn = [...binding.functions.keys()].filter(each => /^[A-Z]/.test(each));
  const suggestion = nearest(name, [...builtIn, ...OTHER_NAMES, ...own]);
  return new MillraceError({
    code: 'UNKNOWN_FUNCTION',
    message: `there is no function "${name}"`,
    span,
    notes: suggestion === undefined ? [] : [{ message: `did you mean "${suggestion}"?` }],
  });
}
