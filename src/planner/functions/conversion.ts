import type { Zone } from '../../common/zone.js';
import type { Value } from '../../spec/batch.js';
import { inline } from './define-function.js';
import type { Evaluator, FunctionEnvironment, InlineEvaluator } from './function.js';

/** How a value that is not NULL becomes a value of another type. */
export type Conversion =
  | { readonly kind: 'identity' }
  | { readonly kind: 'inline'; readonly evaluator: InlineEvaluator; readonly returnsNull: boolean }
  /** Gives `undefined` where the value has no counterpart, which CAST reports and TRY_CAST makes NULL. */
  | {
      readonly kind: 'convert';
      readonly create: (zone: Zone) => (value: never) => Value | undefined;
      readonly returnsNull: boolean;
      readonly fails: boolean;
    };

export const IDENTITY: Conversion = { kind: 'identity' };

/** A conversion as an expression. */
export function inlineConversion(code: (value: string) => string, helpers?: Readonly<Record<string, unknown>>): Conversion {
  return { kind: 'inline', evaluator: inline(code, helpers), returnsNull: false };
}

/** The same conversion, which gives NULL for some values. */
export function givingNull(conversion: Conversion): Conversion {
  return conversion.kind === 'identity' ? conversion : { ...conversion, returnsNull: true };
}

/** A conversion that needs the session's zone. */
export function zoned(create: (zone: Zone) => (value: never) => Value): Conversion {
  return { kind: 'convert', create, returnsNull: false, fails: false };
}

/** The conversion as a function. */
export function conversionFunction(conversion: Conversion, zone: Zone): (value: Value) => Value | undefined {
  switch (conversion.kind) {
    case 'identity':
      return value => value;
    case 'inline':
      return inlineFunction(conversion.evaluator, 1);
    default:
      return conversion.create(zone) as (value: Value) => Value | undefined;
  }
}

/**
 * An evaluator as a function of its arguments, for constants and other places outside of compiled code.
 *
 * @param arity how many arguments the function gets; it must not get NULLs where the resolution is strict.
 */
export function evaluatorFunction(evaluator: Evaluator, arity: number, environment: FunctionEnvironment): (...args: Value[]) => Value {
  if (evaluator.kind === 'inline') return inlineFunction(evaluator, arity);
  return evaluator.create(environment) as (...args: Value[]) => Value;
}

function inlineFunction({ code, helpers = {} }: InlineEvaluator, arity: number): (...args: Value[]) => Value {
  const names = Object.keys(helpers);
  const args = Array.from({ length: arity }, (_, i) => `a${i}`);
  // The text is made of names and literals of our own.
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(...names, `return (${args.join(', ')}) => ${code(args)};`) as (
    ...values: unknown[]
  ) => (...args: Value[]) => Value;
  return make(...names.map(name => helpers[name]));
}
