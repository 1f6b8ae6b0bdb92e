import type { FunctionImplementation } from '../catalog/function-object.js';
import { resolveType } from '../catalog/resolve-type.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import { notRun } from '../common/not-run.js';
import { withNullable, type DataType } from '../spec/data-type.js';
import type { FunctionClass } from '../sql/ast/ddl.js';
import { parseType } from '../sql/parser.js';
import type { ModuleLoader } from './module-loader.js';

/** The class of the Otter reference whose calls are those of the built-in function. */
const JAVA_CLASSES: ReadonlyMap<string, string> = new Map([['com.codedstreams.otterstreams.sql.udf.MLInferenceFunction', 'ML_SCORE']]);

/**
 * What `AS 'module#export' LANGUAGE JAVASCRIPT` names. Loading a module runs its code.
 *
 * @throws {MillraceError} `FUNCTION_LOAD`, or `UNSUPPORTED` for other languages, at the text behind AS.
 */
export async function loadFunction(definition: FunctionClass, load: ModuleLoader): Promise<FunctionImplementation> {
  const { className, classSpan, language, jars } = definition;
  try {
    const builtIn = JAVA_CLASSES.get(className);
    if (builtIn !== undefined && (language === undefined || language === 'JAVA')) return { kind: 'built-in', name: builtIn };
    if (language !== 'JAVASCRIPT') throw otherLanguage(definition);
    if (jars.length > 0) throw notRun('functions in JAR files', classSpan);
    return implementationOf(await exportOf(className, load), className);
  } catch (thrown) {
    throw toMillraceError(thrown).at(classSpan);
  }
}

/** Without LANGUAGE it is JAVA, as in Flink. */
function otherLanguage({ className, language = 'JAVA' }: FunctionClass): MillraceError {
  const isModule = className.includes('#') || /\.[cm]?[jt]s$/.test(className);
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: isModule ? `"${className}" is a module, and the language is ${language}` : `functions in ${language} run on Flink only`,
    notes: isModule
      ? [{ message: 'add LANGUAGE JAVASCRIPT' }]
      : [{ message: "use --engine flink, or write the function in an ES module: AS 'module.mjs#export' LANGUAGE JAVASCRIPT" }],
  });
}

async function exportOf(className: string, load: ModuleLoader): Promise<unknown> {
  const at = className.lastIndexOf('#');
  const [path, name] = [className.slice(0, at), className.slice(at + 1)];
  if (at <= 0 || name === '')
    throw loadError(
      `"${className}" names no export of a module`,
      "write AS 'module.mjs#export', and 'module.mjs#default' for a default export",
    );
  const exports = await load(path).catch((thrown: unknown) => {
    throw moduleError(path, thrown);
  });
  if (Object.hasOwn(exports, name)) return exports[name];
  const names = Object.keys(exports);
  const suggestion = nearest(name, names);
  const listed = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`;
  throw loadError(`module "${path}" has no export "${name}"`, suggestion === undefined ? listed : `did you mean "${suggestion}"?`);
}

function moduleError(path: string, thrown: unknown): MillraceError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return loadError(`module "${path}" cannot be found`, 'a path starts at the working directory; a package must be installed', thrown);
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message.split('\n')[0]}` : String(thrown);
  return loadError(`module "${path}" cannot be loaded`, reason, thrown);
}

/** Takes what an export or `registerFunction` gives. @throws {MillraceError} `FUNCTION_LOAD`, without a span. */
export function implementationOf(declared: unknown, what: string): FunctionImplementation {
  if (typeof declared === 'function')
    throw loadError(
      `"${what}" is a bare function, and SQL needs its types`,
      "write scalarFunction({ parameters: ['STRING'], returns: 'STRING', evaluate: … })",
    );
  if (!isObject(declared)) throw loadError(`"${what}" is no function`, 'declare it with scalarFunction or tableFunction of millrace');
  const { evaluate, parameters, returns, columns, variadic = false, nulls = 'strict', deterministic = true } = declared;
  if (typeof evaluate !== 'function') throw lacks(what, 'evaluate', 'a function');
  if (evaluate.constructor.name === 'AsyncFunction' || evaluate.constructor.name === 'AsyncGeneratorFunction')
    throw loadError(
      `"${what}" is async, and a function must give its value at once`,
      'put what takes time into a model: CREATE MODEL … WITH (…)',
    );
  if (!isTexts(parameters)) throw lacks(what, 'parameters', 'a list of SQL types');
  if (typeof variadic !== 'boolean' || (variadic && parameters.length === 0))
    throw lacks(what, 'variadic', 'true or false, true only with a parameter');
  if (nulls !== 'strict' && nulls !== 'custom') throw lacks(what, 'nulls', "'strict' or 'custom'");
  if (typeof deterministic !== 'boolean') throw lacks(what, 'deterministic', 'true or false');
  const parts = {
    parameters: parameters.map((text, i) => withNullable(typeOf(text, `parameter ${i + 1} of "${what}"`), true)),
    variadic,
    nulls,
    deterministic,
    evaluate: (...args: readonly unknown[]): unknown => evaluate.apply(declared, args) as unknown,
  } as const;
  if (typeof returns === 'string') return { kind: 'scalar', ...parts, returns: typeOf(returns, `the result of "${what}"`) };
  if (!isObject(columns)) throw lacks(what, 'returns', 'a SQL type, or "columns" with their types for a table function');
  return { kind: 'table', ...parts, columns: columnsOf(columns, what) };
}

function columnsOf(columns: Readonly<Record<string, unknown>>, what: string): { readonly name: string; readonly type: DataType }[] {
  const entries = Object.entries(columns);
  if (entries.length === 0) throw lacks(what, 'columns', 'at least one column');
  return entries.map(([name, text]) => {
    if (typeof text !== 'string') throw lacks(what, `columns.${name}`, 'a SQL type');
    return { name, type: typeOf(text, `column "${name}" of "${what}"`) };
  });
}

function typeOf(text: string, place: string): DataType {
  try {
    return resolveType(parseType(text));
  } catch (thrown) {
    throw loadError(`${place} has no valid type: "${text}"`, toMillraceError(thrown).message, thrown);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}

function lacks(what: string, member: string, expected: string): MillraceError {
  return loadError(`"${what}" does not declare "${member}" as it should`, `"${member}" is ${expected}`);
}

function loadError(message: string, note: string, cause?: unknown): MillraceError {
  return new MillraceError({ code: 'FUNCTION_LOAD', message, notes: [{ message: note }], cause });
}
