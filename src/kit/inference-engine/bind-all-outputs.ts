import { arrayOf, BIGINT, BOOLEAN, decimal, DOUBLE, STRING, type DataType, type Field } from '../../spec/data-type.js';
import { familyOf } from '../../spec/element-type.js';
import type { LoadedModel, ModelOutput } from '../../spec/model-runtime.js';
import { bindColumns, type PredictColumns } from '../model-columns/bind-columns.js';
import { mapFeatures } from '../model-columns/feature-mapping.js';

/** A model that takes columns, and gives everything that it has. */
export interface BoundModel {
  /** What it gives, without what is there on request only or what no column can hold; a column each, in this order. */
  readonly outputs: readonly ModelOutput[];
  readonly predict: PredictColumns;
}

/** @throws {MillraceError} as `bindColumns`. */
export async function bindAllOutputs(model: LoadedModel, inputs: readonly Field[]): Promise<BoundModel> {
  const prepared = await model.prepare(mapFeatures(model.inputs, inputs));
  const outputs = prepared.outputs.filter(({ element, onRequest }) => element !== undefined && onRequest !== true);
  const fields = outputs.map((output): Field => ({ name: output.name, type: typeOf(output) }));
  return { outputs, predict: await bindColumns(model, { inputs, outputs: fields }) };
}

/** The values of a row, one after the other. */
function typeOf({ element, width, isOpen }: ModelOutput): DataType {
  const scalar =
    element === 'uint64' ? decimal(20, 0) : { float: DOUBLE, integer: BIGINT, bool: BOOLEAN, string: STRING }[familyOf(element!)];
  return width === 1 && !isOpen ? scalar : arrayOf(scalar);
}
