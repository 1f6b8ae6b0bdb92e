import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import { formatType, withNullable, type DataType } from '../../spec/data-type.js';
import type {
  BoundArgument,
  Evaluator,
  FunctionEnvironment,
  InlineEvaluator,
  InvokeEvaluator,
  Resolution,
  ScalarFunction,
} from './function.js';
import type { Parameter } from './parameters.js';

/** A call whose arguments fit an overload. */
export interface ResolvedCall {
  readonly args: readonly BoundArgument[];
  /** What the arguments are cast to; as many as arguments. */
  readonly parameters: readonly DataType[];
}

/** One way to call a function. */
export interface Overload {
  readonly parameters: readonly Parameter[];
  /** How many parameters at the end may be left out. Default 0. */
  readonly optional?: number;
  /** `last`: the last parameter takes any number of arguments, but at least one. */
  readonly repeat?: 'last';
  /** The result's type; its nullability is worked out from `nulls` and `returnsNull`. */
  readonly returns: DataType | ((call: ResolvedCall) => DataType);
  /** Default `strict`. */
  readonly nulls?: 'strict' | 'custom';
  /** Whether the evaluator itself may give NULL. Default false. */
  readonly returnsNull?: boolean | ((call: ResolvedCall) => boolean);
  readonly evaluator: Evaluator | ((call: ResolvedCall) => Evaluator);
}

export type FunctionDefinition = Omit<ScalarFunction, 'resolve'> & { readonly overloads: readonly Overload[] };

/** A function whose call is resolved to the first overload that fits. */
export function defineFunction({ overloads, ...head }: FunctionDefinition): ScalarFunction {
  return {
    ...head,
    resolve(args) {
      for (const overload of overloads) {
        const resolution = tryOverload(overload, args);
        if (resolution !== undefined) return resolution;
      }
      throw overloads.some(overload => countFits(overload, args.length)) ? typesDoNotFit(head, args) : countDoesNotFit(head, args.length);
    },
  };
}

function countFits({ parameters, optional = 0, repeat }: Overload, count: number): boolean {
  return count >= parameters.length - optional && (repeat === 'last' || count <= parameters.length);
}

function tryOverload(overload: Overload, args: readonly BoundArgument[]): Resolution | undefined {
  if (!countFits(overload, args.length)) return undefined;
  const parameters: DataType[] = [];
  for (const [i, argument] of args.entries()) {
    const type = (overload.parameters[i] ?? overload.parameters.at(-1)!)(argument, parameters);
    if (type === undefined) return undefined;
    parameters.push(type);
  }
  const call: ResolvedCall = { args, parameters };
  const { nulls = 'strict', returns, evaluator } = overload;
  const returnsNull = typeof overload.returnsNull === 'function' ? overload.returnsNull(call) : (overload.returnsNull ?? false);
  return resolutionOf({
    call,
    type: typeof returns === 'function' ? returns(call) : returns,
    nulls,
    returnsNull,
    evaluator: typeof evaluator === 'function' ? evaluator(call) : evaluator,
  });
}

/** A resolution whose nullability follows from the arguments and the evaluator. */
export function resolutionOf(init: {
  readonly call: ResolvedCall;
  readonly type: DataType;
  readonly nulls?: 'strict' | 'custom';
  readonly returnsNull?: boolean;
  readonly evaluator: Evaluator;
}): Resolution {
  const { call, type, nulls = 'strict', returnsNull = false, evaluator } = init;
  const nullable = returnsNull || (nulls === 'strict' && call.args.some(argument => argument.type.nullable));
  return { parameters: call.parameters, type: withNullable(type, nullable), nulls, returnsNull, evaluator };
}

/** An evaluator whose code is put into the compiled expression. */
export function inline(code: (...args: string[]) => string, helpers?: Readonly<Record<string, unknown>>): InlineEvaluator {
  return { kind: 'inline', code: args => code(...args), helpers };
}

/** An evaluator that calls one helper with the arguments as they are. */
export function inlineCall(name: string, helper: (...args: never[]) => Value): InlineEvaluator {
  return { kind: 'inline', code: args => `${name}(${args.join(', ')})`, helpers: { [name]: helper } };
}

/** An evaluator that needs nothing of the running job. */
export function pure(call: (...args: never[]) => Value): InvokeEvaluator {
  return { kind: 'invoke', create: () => call };
}

/** An evaluator that is made for a running job. */
export function perJob(create: (environment: FunctionEnvironment) => (...args: never[]) => Value): InvokeEvaluator {
  return { kind: 'invoke', create };
}

type Head = Pick<ScalarFunction, 'name' | 'signature'>;

/** `TYPE_MISMATCH`: the function does not take arguments of these types. */
export function typesDoNotFit({ name, signature }: Head, args: readonly BoundArgument[]): MillraceError {
  const types = args.map(argument => formatType(argument.type, 'ignore')).join(', ');
  return new MillraceError({
    code: 'TYPE_MISMATCH',
    message: `"${name}" does not take (${types})`,
    notes: [{ message: `it is called as ${signature}` }],
  });
}

/** `INVALID_ARGUMENT`: the function does not take so many arguments. */
export function countDoesNotFit({ name, signature }: Head, count: number): MillraceError {
  const counted = count === 1 ? '1 argument' : `${count} arguments`;
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `"${name}" does not take ${counted}`,
    notes: [{ message: `it is called as ${signature}` }],
  });
}
