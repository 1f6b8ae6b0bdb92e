import { MillraceError } from '../../../common/error.js';
import type { Value } from '../../../spec/batch.js';
import { formatType, withNullable, type DataType } from '../../../spec/data-type.js';
import { countDoesNotFit, typesDoNotFit } from '../define-function.js';
import type { BoundArgument } from '../function.js';
import type { Parameter } from '../parameters.js';
import type { Accumulator } from './accumulator.js';
import type { AggregateFunction, AggregateModifiers } from './aggregate-function.js';

/** A call whose arguments fit. */
export interface AggregateArguments extends AggregateModifiers {
  readonly args: readonly BoundArgument[];
  /** What the arguments are cast to; as many as arguments. */
  readonly parameters: readonly DataType[];
}

export interface AggregateDefinition extends Omit<AggregateFunction, 'resolve' | 'family'> {
  readonly parameters: readonly Parameter[];
  /** How many parameters at the end may be left out. Default 0. */
  readonly optional?: number;
  /** The result's type. It is nullable where an argument is, unless there is a value even for no rows. */
  readonly returns: (call: AggregateArguments) => DataType;
  /** Whether rows without NULL may give NULL all the same. Default false. */
  readonly returnsNull?: boolean | ((call: AggregateArguments) => boolean);
  /** Default `null`. Any other value says that there always is one. */
  readonly ofNoRows?: Value;
  /** Default `skip`. */
  readonly nulls?: 'skip' | 'take' | ((call: AggregateArguments) => 'skip' | 'take');
  readonly accumulator: (call: AggregateArguments) => Accumulator;
}

/** An aggregate with one list of parameters. */
export function defineAggregate(definition: AggregateDefinition): AggregateFunction {
  const { parameters, optional = 0, returns, returnsNull = false, ofNoRows = null, nulls = 'skip', accumulator, ...head } = definition;
  return {
    ...head,
    family: 'aggregate',
    resolve(args, modifiers) {
      if (args.length > parameters.length || args.length < parameters.length - optional) throw countDoesNotFit(head, args.length);
      const types = parametersOf(args, parameters);
      if (types === undefined) throw typesDoNotFit(head, args);
      const call: AggregateArguments = { args, parameters: types, ...modifiers };
      const mayBeNull = typeof returnsNull === 'function' ? returnsNull(call) : returnsNull;
      const isNullable = mayBeNull || (ofNoRows === null && args.some(argument => argument.type.nullable));
      return {
        parameters: types,
        type: withNullable(returns(call), isNullable),
        ofNoRows,
        nulls: typeof nulls === 'function' ? nulls(call) : nulls,
        accumulator: accumulator(call),
      };
    },
  };
}

function parametersOf(args: readonly BoundArgument[], parameters: readonly Parameter[]): DataType[] | undefined {
  const types: DataType[] = [];
  for (const [i, argument] of args.entries()) {
    const type = parameters[i]!(argument, types);
    if (type === undefined) return undefined;
    types.push(withNullable(type, argument.type.nullable));
  }
  return types;
}

/** `INVALID_ARGUMENT`: an argument has to be written as a constant. */
export function notConstant(name: string, what: string, type: DataType): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${what} of ${name} must be a literal`,
    notes: [{ message: `write a constant of type ${formatType(type, 'ignore')}` }],
  });
}
