import type { DocumentNode } from './document-node.js';
import { isNumberArray } from './document-value.js';
import { malformed } from './malformed.js';
import type { FileCategories } from './xgboost-model.js';

/**
 * The names of categories in `learner.gradient_booster.model.cats`, by feature; since 3.1.
 *
 * Names are the bytes of all of them one after the other, with where each begins; integers are themselves. 3.1 to 3.3 count
 * characters where bytes are meant, for names from pandas, and lose the end, so that their names are trusted in ASCII only.
 */
export function readCategories(
  node: DocumentNode,
  { featureCount, version: [major, minor] }: { readonly featureCount: number; readonly version: readonly [number, number] },
): ReadonlyMap<number, FileCategories> {
  const onlyAscii = major === 3 && minor <= 3;
  const found = new Map<number, FileCategories>();
  const columns = node.find('enc')?.items() ?? [];
  if (columns.length > featureCount) throw malformed(`there are categories for ${columns.length} features of ${featureCount}`);
  for (const [feature, column] of columns.entries()) {
    const offsets = column.find('offsets')?.integers();
    const names =
      offsets === undefined ? integerNames(column.get('values')) : textNames(offsets, column.get('values'), { feature, onlyAscii });
    if (names.length > 0) found.set(feature, { names, areIntegers: offsets === undefined });
  }
  return found;
}

function textNames(
  offsets: Int32Array,
  node: DocumentNode,
  { feature, onlyAscii }: { readonly feature: number; readonly onlyAscii: boolean },
): string[] {
  // XGBoost writes the bytes as signed numbers.
  const bytes = Uint8Array.from(node.integers(), byte => byte & 0xff);
  if (onlyAscii && bytes.some(byte => byte > 0x7f)) {
    throw malformed(
      `the names of the categories of feature ${feature} may be damaged`,
      'XGBoost 3.1 to 3.3 damage names that are not ASCII when it saves them: train the model again with 3.4, or with other names',
    );
  }
  const names: string[] = [];
  for (let i = 0; i + 1 < offsets.length; i++) {
    const start = offsets[i]!;
    const end = offsets[i + 1]!;
    if (start < 0 || end < start || end > bytes.length) throw malformed('the names of categories are not where the file says');
    names.push(new TextDecoder().decode(bytes.subarray(start, end)));
  }
  return names;
}

function integerNames(node: DocumentNode): string[] {
  const { value } = node;
  if (isNumberArray(value)) return Array.from(value as ArrayLike<number | bigint>, String);
  return Array.from(node.numbers(), number => {
    if (!Number.isSafeInteger(number))
      throw malformed(`the category ${number} is beyond what JSON tells exactly`, 'save the model in UBJSON: save_model("model.ubj")');
    return String(number);
  });
}
