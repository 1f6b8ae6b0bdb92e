import type { FunctionObject } from '../catalog/function-object.js';
import type { ScalarFunction } from '../planner/functions/function.js';
import { signatureOf } from '../planner/functions/user-function.js';
import { formatType } from '../spec/data-type.js';
import type { Describe } from '../sql/ast/statement.js';
import { unknown } from './change-function.js';
import type { NameContext } from './name-context.js';
import { infoTable, type ResultTable } from './result-table.js';

/** DESCRIBE FUNCTION of a user's function or a built-in one, with the rows that Flink shows; EXTENDED adds how it is called. */
export function describeFunction({ name, extended }: Describe, { catalog, functions }: NameContext): ResultTable {
  const last = name.parts.at(-1)!.name;
  const system = name.parts.length === 1 ? catalog.findSystemFunction(last) : undefined;
  const builtIn = name.parts.length === 1 ? functions.get(last.toUpperCase()) : undefined;
  if (system === undefined && builtIn) return infoTable(builtInInfos(builtIn, extended));
  const found = system ?? catalog.findFunction(name);
  if (!found) throw unknown(name, catalog);
  return infoTable(userInfos(found, extended));
}

function builtInInfos({ signature, deterministic = true }: ScalarFunction, extended: boolean): [string, string][] {
  return [
    ['is system function', 'true'],
    ['is temporary', 'false'],
    ...(extended ? extendedInfos('SCALAR', deterministic, signature) : []),
  ];
}

function userInfos(
  { name, system, temporary, className, language, implementation }: FunctionObject,
  extended: boolean,
): [string, string][] {
  const head: [string, string][] = [
    ['is system function', String(system)],
    ['is temporary', String(temporary)],
    ['class name', className],
    ['function language', language],
  ];
  if (!extended || implementation.kind === 'built-in') return head;
  const signature = signatureOf(name.object, implementation);
  const result =
    implementation.kind === 'scalar'
      ? formatType(implementation.returns)
      : `TABLE<${implementation.columns.map(column => `${column.name} ${formatType(column.type)}`).join(', ')}>`;
  return [...head, ...extendedInfos(implementation.kind.toUpperCase(), implementation.deterministic, `${signature} => ${result}`)];
}

function extendedInfos(kind: string, deterministic: boolean, signature: string): [string, string][] {
  return [
    ['kind', kind],
    ['is deterministic', String(deterministic)],
    ['signature', signature],
  ];
}
