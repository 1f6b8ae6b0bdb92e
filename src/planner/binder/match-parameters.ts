import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Argument, Expression, FunctionCall } from '../../sql/ast/expression.js';

/**
 * The arguments of a table function by the names of its parameters, whether they were given by position or by name; those
 * that say DEFAULT are left out.
 *
 * @param names upper case, in the order of their positions.
 * @throws {MillraceError} `INVALID_ARGUMENT` for one too many, an unknown name, or a parameter that is given twice.
 */
export function matchParameters<Name extends string>(node: FunctionCall, names: readonly Name[]): Partial<Record<Name, Expression>> {
  const given: Partial<Record<Name, Expression>> = {};
  for (const [i, argument] of node.arguments.entries()) {
    const name = nameOf(argument, i, { node, names });
    if (given[name])
      throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `argument ${name} is given twice`, span: argument.value.span });
    if (argument.value.kind !== 'default-argument') given[name] = argument.value;
  }
  return given;
}

function nameOf<Name extends string>(
  argument: Argument,
  position: number,
  { node, names }: { node: FunctionCall; names: readonly Name[] },
): Name {
  const owner = node.name.parts.at(-1)!.name.toUpperCase();
  if (!argument.name) {
    const name = names[position];
    if (name !== undefined) return name;
    throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `${owner} takes at most ${names.length} arguments`, span: node.span });
  }
  const { name: written, span } = argument.name;
  const name = names.find(each => each === written.toUpperCase());
  if (name !== undefined) return name;
  const suggestion = nearest(written, names);
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${owner} has no argument "${written}"`,
    span,
    notes: [{ message: suggestion ? `did you mean "${suggestion}"?` : `its arguments are ${names.join(', ')}` }],
  });
}
