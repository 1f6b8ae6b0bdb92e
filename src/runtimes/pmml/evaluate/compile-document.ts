import { Compilation } from './compilation.js';
import { compileRoot, type RootInput } from './compile-model.js';
import type { CompiledModel } from './outcome.js';
import type { PmmlDocument } from '../parse/pmml-document.js';
import { Row } from './row.js';

/** A document that is ready to run: rows one by one, in one object. */
export interface CompiledDocument {
  readonly model: CompiledModel;
  /** What each row is given, by slot of `row`. */
  readonly inputs: readonly RootInput[];
  readonly row: Row;
  /**
   * Takes up the inputs that stand in their slots, treated as the MiningSchema says.
   *
   * @throws {RowFailure} when one may not be there.
   */
  readonly begin: () => void;
}

/** Compiles a document. @throws {MillraceError} `MODEL_LOAD` for what it cannot compute. */
export function compileDocument(document: PmmlDocument): CompiledDocument {
  const compilation = new Compilation(document.dataFields, document.functions);
  const { model, inputs } = compileRoot(document.model, document.derivedFields, compilation);
  const row = new Row(compilation.slots);
  const actives = model.actives ?? [];
  return {
    model,
    inputs,
    row,
    begin: () => {
      row.begin();
      for (let i = 0; i < actives.length; i++) row.set(actives[i]!.slot!, actives[i]!.evaluate(row));
    },
  };
}
