import { createHash } from 'node:crypto';
import type { LoadedModel, ModelInput } from '../../spec/model-runtime.js';
import { compileDocument, type CompiledDocument } from './evaluate/compile-document.js';
import type { RootInput } from './evaluate/compile-model.js';
import { resultsOf } from './evaluate/results.js';
import { familyOf } from './evaluate/value.js';
import { verify } from './evaluate/verify.js';
import { outputOf } from './model-output.js';
import { readPmml } from './parse/pmml-document.js';
import { preparePmml } from './prepare-pmml.js';

/**
 * Reads, compiles and verifies a PMML document.
 *
 * Every active field of the MiningSchema is an input of its name: numbers and booleans as float64, in which NaN is missing,
 * texts, dates and times as texts, in which null is.
 *
 * @throws {MillraceError} `MODEL_LOAD`.
 */
export function loadPmml(bytes: Uint8Array): LoadedModel {
  const document = readPmml(bytes);
  const compiled = compileDocument(document);
  if (document.verification !== undefined) verify(document.verification, compiled);
  return toLoadedModel(compiled, bytes);
}

function toLoadedModel(compiled: CompiledDocument, bytes: Uint8Array): LoadedModel {
  const results = resultsOf(compiled.model);
  const outputs = results.map(outputOf);
  return {
    version: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
    // Text and its compiled form differ by a small factor either way.
    memoryBytes: bytes.length,
    inputs: compiled.inputs.map(inputOf),
    prepare: feeds => Promise.resolve(preparePmml({ compiled, results, outputs }, feeds)),
    close: () => Promise.resolve(),
  };
}

function inputOf({ name, type }: RootInput): ModelInput {
  const family = familyOf(type.dataType);
  const isText = family === 'string' || family === 'instant';
  return {
    name,
    element: isText ? 'string' : 'float64',
    shape: [undefined, 1],
    features: [{ name }],
    ...(isText && { takesNull: true }),
  };
}
