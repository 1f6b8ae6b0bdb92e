import type { Catalog } from '../catalog/catalog.js';
import { nameText, type ModelObject, type QualifiedName } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import { answerColumns } from '../spec/call-metadata.js';
import { formatType, sameType, type Field } from '../spec/data-type.js';

/**
 * The model that `fallback.model` names: a name of one to three parts, the missing ones those of the model that falls back.
 *
 * @param chain the models that have fallen back so far, the model itself last.
 * @throws {MillraceError} `UNKNOWN_MODEL`; `INVALID_OPTION` for a circle; `MODEL_SCHEMA` where its columns have other types.
 */
export function findFallback(name: string, chain: readonly ModelObject[], catalog: Catalog): ModelObject {
  const model = chain.at(-1)!;
  const fallback = catalog.findModel(qualified(name, model.name));
  if (fallback === undefined) {
    throw new MillraceError({
      code: 'UNKNOWN_MODEL',
      message: `"fallback.model" of model "${model.name.object}" names "${name}", which does not exist`,
      notes: [{ message: `create it with CREATE MODEL before "${model.name.object}" is called` }],
    });
  }
  if (chain.some(each => nameText(each.name) === nameText(fallback.name))) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `the models ${[...chain, fallback].map(each => `"${each.name.object}"`).join(', ')} fall back in a circle`,
      notes: [{ message: 'take "fallback.model" out of one of them' }],
    });
  }
  checkColumns('INPUT', model, fallback, each => each.inputs);
  checkColumns('OUTPUT', model, fallback, each => answerColumns(each.outputs));
  return fallback;
}

function qualified(name: string, { catalog, database }: QualifiedName): QualifiedName {
  const parts = name.split('.').map(part => part.trim().replaceAll('`', ''));
  const [object = '', ofDatabase = database, ofCatalog = catalog] = parts.toReversed();
  return { catalog: ofCatalog, database: ofDatabase, object };
}

function checkColumns(what: string, model: ModelObject, fallback: ModelObject, columnsOf: (each: ModelObject) => readonly Field[]): void {
  const [expected, found] = [columnsOf(model), columnsOf(fallback)];
  if (expected.length === found.length && expected.every(({ type }, i) => sameType(type, found[i]!.type))) return;
  const types = (columns: readonly Field[]): string => columns.map(({ type }) => formatType(type, 'ignore')).join(', ');
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: `${what} of the fallback model "${fallback.name.object}" is (${types(found)}), and that of "${model.name.object}" (${types(expected)})`,
    notes: [{ message: 'declare columns of the same types in the same order' }],
  });
}
