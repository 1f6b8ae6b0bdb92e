import type { Options } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import { bindOptionPairs } from '../planner/binder/bind-table-definition.js';
import type { Alter } from '../sql/ast/ddl.js';

/**
 * The options after ALTER … SET or RESET; a key that RESET names need not be there, as in Flink.
 *
 * @param keyOf which option a key means in any of its spellings.
 * @throws {MillraceError} `INVALID_DEFINITION` for an empty list, `INTERNAL` for any other action.
 */
export function changedOptions(options: Options, { object, action }: Alter, keyOf: (written: string) => string): Options {
  if (action.kind === 'set') {
    if (action.options.length === 0) throw empty(`ALTER ${object} SET needs at least one option`, action.span);
    return overridden(options, bindOptionPairs(action.options), keyOf);
  }
  if (action.kind === 'reset') {
    if (action.keys.length === 0) throw empty(`ALTER ${object} RESET needs at least one key`, action.span);
    const gone = new Set(action.keys.map(({ key }) => keyOf(key)));
    return new Map([...options].filter(([key]) => !gone.has(keyOf(key))));
  }
  throw new MillraceError({ code: 'INTERNAL', message: `ALTER ${object} … ${action.kind} changes no options` });
}

function empty(message: string, span: { readonly start: number; readonly end: number }): MillraceError {
  return new MillraceError({ code: 'INVALID_DEFINITION', message, span });
}

/** Options with others put over them: an override takes the place of the same option in any spelling. */
export function overridden(options: Options, overrides: Options, keyOf: (written: string) => string): Options {
  const replaced = new Set([...overrides.keys()].map(keyOf));
  return new Map([...[...options].filter(([key]) => !replaced.has(keyOf(key))), ...overrides]);
}
