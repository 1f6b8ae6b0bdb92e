import { nameText, type ModelObject } from '../catalog/objects.js';
import { isSensitiveKey } from '../common/sensitive-key.js';
import { runtimeOptions } from '../inference/options.js';
import { formatType, type Field } from '../spec/data-type.js';

/**
 * Everything besides the inputs that the answers of a model depend on: name, provider and its options, columns, and how
 * many rows share a prompt. Not how the runtime calls it otherwise, nor with which credentials.
 *
 * @param options by canonical key, as written.
 */
export function answerIdentity(model: ModelObject, options: ReadonlyMap<string, string>): string {
  const answering = [...options]
    .filter(([key]) => (key === 'batch.size' || !(key in runtimeOptions.shape)) && !isSensitiveKey(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const columns = (fields: readonly Field[]): string[] => fields.map(({ name, type }) => `${name} ${formatType(type)}`);
  return JSON.stringify([nameText(model.name), answering, columns(model.inputs), columns(model.outputs)]);
}
