import type { CompiledModel, Outcome } from './outcome.js';
import type { OutputCode } from './outputs.js';
import type { Row } from './row.js';
import { familyOf, type FieldType, type Value } from './value.js';

/** Something that a document says about each row, by name. */
export interface Result {
  readonly name: string;
  readonly kind: 'predicted' | 'probabilities' | 'output';
  readonly type: FieldType;
  /** Values in a row; more than one for probabilities, and where all segments give results. */
  readonly width: number;
  /** The classes of probabilities. */
  readonly classes: readonly NonNullable<Value>[] | undefined;
  /** The values of a row, which has been run; `undefined` where there are none. */
  readonly read: (row: Row, outcome: Outcome | undefined) => Value | readonly Value[] | Float64Array;
}

/** The name of the predicted value of a model without a target. */
const NAMELESS = 'predictedValue';
const PROBABILITIES = 'probabilities';

/** What a compiled model gives: its prediction, its probabilities, and its output fields that are results. */
export function resultsOf(model: CompiledModel): Result[] {
  const results: Result[] = [predictedOf(model)];
  const hasClasses = model.functionName === 'classification' && model.classes.length > 1 && model.givesProbabilities !== false;
  if (hasClasses) {
    results.push({
      name: PROBABILITIES,
      kind: 'probabilities',
      type: { dataType: 'double', opType: 'continuous' },
      width: model.classes.length,
      classes: model.classes,
      read: (_, outcome) => outcome?.probabilities,
    });
  }
  for (const [name, codes] of outputsByName(model)) {
    const same = results.findIndex(result => result.name === name);
    if (same >= 0) results.splice(same, 1);
    results.push({
      name,
      kind: 'output',
      type: codes[0]!.type,
      width: 1,
      classes: undefined,
      read: row => {
        for (const { slot } of codes) if (row.has(slot)) return row.values[slot];
        return undefined;
      },
    });
  }
  return results;
}

function predictedOf(model: CompiledModel): Result {
  const { selectsAll, segments = [] } = model;
  const name = model.target ?? NAMELESS;
  const common = { name, kind: 'predicted' as const, classes: undefined };
  if (!selectsAll) return { ...common, type: model.type, width: 1, read: (_, outcome) => outcome?.predicted };
  const isNumber = familyOf(model.type.dataType) === 'number';
  const absent = isNumber ? NaN : '';
  return {
    ...common,
    type: model.type,
    width: segments.length,
    read: (_, outcome) => outcome?.segments && segments.map((__, i) => outcome.segments![i]?.predicted ?? absent),
  };
}

/** The output fields that are results, with those of segments: of one name several, of which each row has one. */
function outputsByName(model: CompiledModel): Map<string, OutputCode[]> {
  const byName = new Map<string, OutputCode[]>();
  for (const output of [...model.outputs, ...(model.inner ?? [])]) {
    if (!output.isFinal) continue;
    const known = byName.get(output.name);
    if (known === undefined) byName.set(output.name, [output]);
    else known.push(output);
  }
  return byName;
}
