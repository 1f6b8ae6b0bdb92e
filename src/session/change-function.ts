import type { Catalog } from '../catalog/catalog.js';
import type { FunctionImplementation, FunctionObject } from '../catalog/function-object.js';
import { MillraceError } from '../common/error.js';
import { notRun } from '../common/not-run.js';
import { OTHER_NAMES } from '../planner/binder/call-function.js';
import type { FunctionDefinition } from '../spec/user-function.js';
import type { Alter, CreateFunction, Drop, FunctionClass } from '../sql/ast/ddl.js';
import type { ObjectName } from '../sql/ast/identifier.js';
import { implementationOf, loadFunction } from './load-function.js';
import type { ModuleLoader } from './module-loader.js';

/** What statements about functions need. */
export interface FunctionContext {
  readonly catalog: Catalog;
  readonly loadModule: ModuleLoader;
}

/** CREATE FUNCTION. Returns one line for people, as every function here. */
export async function createFunction(node: CreateFunction, { catalog, loadModule }: FunctionContext): Promise<string> {
  const { system, temporary, ifNotExists, name, definition, options } = node;
  const shown = name.parts.at(-1)!.name.toLowerCase();
  if (options[0]) throw notRun('options of functions', options[0].keySpan);
  if (system) checkSystemName(name);
  const existing = system ? catalog.findSystemFunction(shown) : catalog.findFunction(name);
  if (existing && ifNotExists) return `function "${shown}" exists`;
  const added = functionObject({ name, temporary, system }, definition, await loadFunction(definition, loadModule), catalog);
  catalog.addFunction(added, name.span);
  return `function "${shown}" created`;
}

/** A temporary system function without a statement. @throws {MillraceError} without a place. */
export function registerFunction(written: string, definition: FunctionDefinition, catalog: Catalog): void {
  const name: ObjectName = { kind: 'object-name', parts: [{ kind: 'identifier', name: written, span: NOWHERE }], span: NOWHERE };
  checkSystemName(name);
  const place = { className: written, classSpan: NOWHERE, language: 'JAVASCRIPT', jars: [] };
  catalog.addFunction(
    functionObject({ name, temporary: true, system: true }, place, implementationOf(definition, written), catalog),
    NOWHERE,
  );
}

/** What was not written has no place. */
const NOWHERE = { start: 0, end: 0 };

/** The object of a definition whose place was loaded. */
export function functionObject(
  { name, temporary, system }: Pick<CreateFunction, 'name' | 'temporary' | 'system'>,
  { className, language = 'JAVA' }: FunctionClass,
  implementation: FunctionImplementation,
  catalog: Catalog,
): FunctionObject {
  return { kind: 'function', name: catalog.qualifyFunction(name), temporary, system, className, language, implementation };
}

/** @throws {MillraceError} for a name of several parts, and for what is no ordinary function, which nothing can stand in for. */
function checkSystemName({ parts, span }: ObjectName): void {
  if (parts.length > 1)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'a system function is in no database, so its name has one part',
      span,
      notes: [{ message: 'write TEMPORARY FUNCTION for a function of a database' }],
    });
  const name = parts[0]!.name.toUpperCase();
  if (OTHER_NAMES.includes(name))
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `nothing can take the place of ${name}`,
      span,
      notes: [{ message: 'choose another name' }],
    });
}

/** DROP FUNCTION; as in Flink, a temporary one is dropped as such. */
export function dropFunction(node: Drop, catalog: Catalog): string {
  const shown = node.name.parts.at(-1)!.name.toLowerCase();
  const found = node.system ? catalog.findSystemFunction(shown) : catalog.findFunction(node.name);
  const isThere = found !== undefined && (found.temporary || !node.temporary);
  if (!isThere && node.ifExists) return `there was no function "${shown}"`;
  if (!found) throw unknown(node.name, catalog);
  if (found.temporary !== node.temporary)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${shown}" is a ${found.temporary ? 'temporary ' : ''}function`,
      span: node.name.span,
      notes: [{ message: `write DROP ${found.temporary ? 'TEMPORARY ' : ''}FUNCTION ${shown}` }],
    });
  catalog.dropFunction(found);
  return `function "${shown}" dropped`;
}

/** ALTER FUNCTION … AS: another place for a permanent function. */
export async function alterFunction(node: Alter, { catalog, loadModule }: FunctionContext): Promise<string> {
  const shown = node.name.parts.at(-1)!.name.toLowerCase();
  const found = catalog.findFunction(node.name);
  if (!found && node.ifExists) return `there was no function "${shown}"`;
  if (!found) throw unknown(node.name, catalog);
  if (found.temporary)
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: `"${shown}" is temporary, and a temporary function cannot be altered`,
      span: node.name.span,
      notes: [{ message: 'drop it and create it again' }],
    });
  if (node.action.kind !== 'function') throw new MillraceError({ code: 'INTERNAL', message: `ALTER FUNCTION … ${node.action.kind}` });
  const { definition } = node.action;
  catalog.replaceFunction(functionObject({ ...found, name: node.name }, definition, await loadFunction(definition, loadModule), catalog));
  return `function "${shown}" changed`;
}

/** `UNKNOWN_FUNCTION` at the name, or what is wrong with its database. */
export function unknown(name: ObjectName, catalog: Catalog): MillraceError {
  if (name.parts.length > 1) catalog.namespaces.database(catalog.qualify(name), name.span);
  return new MillraceError({
    code: 'UNKNOWN_FUNCTION',
    message: `there is no function "${name.parts.map(part => part.name).join('.')}" of yours`,
    span: name.span,
    notes: [{ message: 'SHOW USER FUNCTIONS lists them' }],
  });
}
