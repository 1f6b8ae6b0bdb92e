import { encodingOf } from './encoding-of.js';
import { malformed } from './malformed.js';
import { parseJson } from './parse-json.js';
import { parseUbjson } from './parse-ubjson.js';
import { readDocument } from './read-document.js';
import { readLegacy } from './read-legacy.js';
import type { XgboostModel } from './xgboost-model.js';

/**
 * The model in a file of any of XGBoost's encodings, told by its bytes.
 *
 * @throws {MillraceError} `MODEL_LOAD`.
 */
export function readModel(bytes: Uint8Array): XgboostModel {
  switch (encodingOf(bytes)) {
    case 'json':
      return readDocument(parseJson(bytes));
    case 'ubjson':
      return readDocument(parseUbjson(bytes));
    case 'binary':
      return readLegacy(bytes);
    case 'snapshot':
      throw malformed(
        'this is a memory snapshot of an old version, as it stands in a pickle, and not a saved model',
        'load it with the version that wrote it, and save it by save_model("model.json")',
      );
    case undefined:
      throw malformed(
        'the file begins like none of the formats of XGBoost',
        'save the model by save_model("model.ubj") or save_model("model.json")',
      );
  }
}
