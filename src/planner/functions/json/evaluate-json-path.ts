import type { JsonPath, PathStep } from './json-path.js';
import { isJsonArray, isJsonObject, memberOf, type JsonArray, type JsonObject, type JsonValue } from './json-value.js';
import { applyPathFunction } from './path-function.js';
import { holdsPathCondition } from './path-condition.js';
import { PathNotFound } from './path-not-found.js';

/**
 * What a path leads to: one value where the path is definite, else an array of all.
 *
 * Up to the first step that branches, a member that is missing or a value of the wrong kind is an error; behind it, such
 * branches are left out. This is what Jayway's JsonPath does, and with it Flink.
 *
 * @throws {PathNotFound} for what is an error, and when a definite path leads nowhere.
 */
export function evaluateJsonPath(path: JsonPath, value: JsonValue, root: JsonValue = value): JsonValue {
  const last = path.steps.at(-1);
  if (last?.kind === 'function') return evaluateFunction(path, last.name, value, root);
  const found: JsonValue[] = [];
  const walk: Walk = { steps: path.steps, text: path.text, root, found };
  follow(walk, 0, value, true);
  if (!path.definite) return found;
  if (found.length === 0) throw new PathNotFound(`no results for path ${path.text}`);
  return found.at(-1)!;
}

function evaluateFunction(path: JsonPath, name: Parameters<typeof applyPathFunction>[0], value: JsonValue, root: JsonValue): JsonValue {
  const steps = path.steps.slice(0, -1);
  const definite = steps.every(
    step => (step.kind === 'members' && step.names.length === 1) || (step.kind === 'elements' && step.indices.length === 1),
  );
  const result = applyPathFunction(name, evaluateJsonPath({ ...path, steps, definite }, value, root));
  if (result === undefined) throw new PathNotFound(`${name}() has nothing to work on in path ${path.text}`);
  return result;
}

interface Walk {
  readonly steps: readonly PathStep[];
  readonly text: string;
  readonly root: JsonValue;
  readonly found: JsonValue[];
}

/** Takes the steps from `index` on. `definite`: no step before it branches. */
function follow(walk: Walk, index: number, value: JsonValue, definite: boolean): void {
  const step = walk.steps[index];
  if (step === undefined) {
    walk.found.push(value);
    return;
  }
  switch (step.kind) {
    case 'members':
      if (isJsonObject(value)) followMembers(walk, index, step.names, value, definite);
      else if (definite) throw notThat(walk, 'an object');
      return;
    case 'elements':
      if (isJsonArray(value))
        for (const each of step.indices) followElement(walk, index, value, each, definite && step.indices.length === 1);
      else if (definite) throw notThat(walk, 'an array');
      return;
    case 'slice':
      if (isJsonArray(value)) for (const each of indicesOf(step, value.length)) followElement(walk, index, value, each, false);
      else if (definite) throw notThat(walk, 'an array');
      return;
    case 'wildcard':
      for (const child of childrenOf(value)) follow(walk, index + 1, child, false);
      return;
    case 'descend':
      descend(walk, index + 1, value);
      return;
    case 'filter':
      followFilter(walk, index, value, definite);
      return;
    case 'function':
      // It is the last step, and `evaluateJsonPath` has taken it away.
      return;
  }
}

function followMembers(walk: Walk, index: number, names: readonly string[], object: JsonObject, definite: boolean): void {
  const isLast = index === walk.steps.length - 1;
  if (isLast && names.length > 1) {
    walk.found.push(Object.fromEntries(names.filter(name => Object.hasOwn(object, name)).map(name => [name, object[name]!])));
    return;
  }
  for (const name of names) {
    const member = memberOf(object, name);
    if (member !== undefined) follow(walk, index + 1, member, definite && names.length === 1);
    else if (!isLast && definite && names.length === 1) throw new PathNotFound(`member "${name}" is missing in path ${walk.text}`);
  }
}

function followElement(walk: Walk, index: number, array: JsonArray, at: number, definite: boolean): void {
  const element = array[at < 0 ? array.length + at : at];
  if (element !== undefined) follow(walk, index + 1, element, definite);
}

function followFilter(walk: Walk, index: number, value: JsonValue, definite: boolean): void {
  const step = walk.steps[index] as Extract<PathStep, { kind: 'filter' }>;
  const passes = (each: JsonValue): boolean =>
    holdsPathCondition(step.condition, { value: each, root: walk.root, evaluate: evaluateJsonPath });
  if (isJsonArray(value)) {
    for (const element of value) if (passes(element)) follow(walk, index + 1, element, false);
  } else if (isJsonObject(value)) {
    if (passes(value)) follow(walk, index + 1, value, false);
  } else if (definite) throw notThat(walk, 'an array or an object');
}

/** The step at `index` from the value and from everything in it. */
function descend(walk: Walk, index: number, value: JsonValue): void {
  if (!isJsonArray(value) && !isJsonObject(value)) return;
  const step = walk.steps[index]!;
  // A filter tests each object by itself; its arrays would test the same objects again.
  const isTaken = step.kind === 'filter' ? isJsonObject(value) : step.kind !== 'members' || hasAll(value, step.names);
  if (isTaken) follow(walk, index, value, false);
  for (const child of childrenOf(value)) descend(walk, index, child);
}

function hasAll(value: JsonArray | JsonObject, names: readonly string[]): boolean {
  return isJsonObject(value) && names.every(name => Object.hasOwn(value, name));
}

function childrenOf(value: JsonValue): readonly JsonValue[] {
  if (isJsonArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

function indicesOf({ from, to }: Extract<PathStep, { kind: 'slice' }>, length: number): number[] {
  const place = (index: number): number => Math.min(Math.max(index < 0 ? length + index : index, 0), length);
  const [start, end] = [place(from ?? 0), place(to ?? length)];
  return Array.from({ length: Math.max(end - start, 0) }, (_, i) => start + i);
}

function notThat({ text }: Walk, wanted: string): PathNotFound {
  return new PathNotFound(`path ${text} asks for ${wanted} where there is none`);
}
