import { MillraceError } from '../common/error.js';
import type { LoadedModel, ModelFeature, ModelInput } from '../spec/model-runtime.js';

/**
 * Whether a new version may take the place of the one that runs: it must take all that the old one takes. What comes out is
 * compared where the columns are bound.
 *
 * @throws {MillraceError} `MODEL_SCHEMA` that says what differs.
 */
export function checkSameInputs(running: LoadedModel, next: LoadedModel): void {
  for (const input of running.inputs) {
    const same = next.inputs.find(({ name }) => name === input.name);
    if (same === undefined) throw differs(`it has no input "${input.name}"`);
    const problem = differenceOf(input, same);
    if (problem !== undefined) throw differs(`its input "${input.name}" ${problem}`);
  }
  const added = next.inputs.find(({ name }) => running.inputs.every(input => input.name !== name));
  if (added) throw differs(`it has an input "${added.name}" that the running version does not have`);
}

function differenceOf(running: ModelInput, next: ModelInput): string | undefined {
  if (running.element !== next.element)
    return `takes ${next.element ?? 'no tensor'}, and ${running.element ?? 'no tensor'} is what it is given`;
  if (running.shape && next.shape) {
    if (running.shape.length !== next.shape.length) return `has ${next.shape.length} dimensions, not ${running.shape.length}`;
    // The first counts rows.
    const at = running.shape.findIndex((size, i) => i > 0 && size !== undefined && next.shape![i] !== undefined && size !== next.shape![i]);
    if (at > 0) return `has ${next.shape[at]} values in dimension ${at}, not ${running.shape[at]}`;
  }
  if (running.features && next.features) {
    if (running.features.length !== next.features.length) return `takes ${next.features.length} features, not ${running.features.length}`;
    const at = running.features.findIndex(({ name }, i) => name !== next.features![i]!.name);
    if (at >= 0) return `takes ${named(next.features[at]!)} as feature ${at + 1}, not ${named(running.features[at]!)}`;
  }
  return undefined;
}

function named({ name }: ModelFeature): string {
  return name === undefined ? 'one without a name' : `"${name}"`;
}

function differs(why: string): MillraceError {
  return new MillraceError({
    code: 'MODEL_SCHEMA',
    message: `the new version of the model does not fit the running one: ${why}`,
    notes: [{ message: 'the running version goes on; start the job again with columns that fit to take the new one' }],
  });
}
