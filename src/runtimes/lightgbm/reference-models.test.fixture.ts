import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = 'tests/fixtures/lightgbm';

interface EncodedArray {
  readonly shape: readonly number[];
  readonly base64: string;
}

/** One model with the answers of the LightGBM that trained it, as `scripts/fixtures/lightgbm` writes it. */
export interface ReferenceModel {
  readonly name: string;
  readonly lightgbm: string;
  readonly file: Uint8Array;
  /** `[224, …]` each. */
  readonly margin: Float64Array;
  readonly prediction: Float64Array;
  readonly leaf: Int32Array;
  /** Predictions of the rounds of an `iteration-range`. */
  readonly iterations: Readonly<Record<string, Float64Array>>;
}

interface StoredCase {
  readonly name: string;
  readonly model: string;
  readonly margin: EncodedArray;
  readonly prediction: EncodedArray;
  readonly leaf: EncodedArray;
  readonly iterations?: Readonly<Record<string, EncodedArray>>;
}

function bytesOf({ base64 }: EncodedArray): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function doublesOf(array: EncodedArray): Float64Array {
  return new Float64Array(bytesOf(array).buffer);
}

/** The models of all versions of LightGBM. */
export function referenceModels(): ReferenceModel[] {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.json.gz'));
  return files.toSorted().flatMap(name => {
    const stored = JSON.parse(gunzipSync(readFileSync(`${FOLDER}/${name}`)).toString()) as {
      lightgbm: string;
      cases: readonly StoredCase[];
    };
    return stored.cases.map((model): ReferenceModel => ({
      name: model.name,
      lightgbm: stored.lightgbm,
      file: Buffer.from(model.model),
      margin: doublesOf(model.margin),
      prediction: doublesOf(model.prediction),
      leaf: Int32Array.from(bytesOf(model.leaf)),
      iterations: Object.fromEntries(Object.entries(model.iterations ?? {}).map(([range, values]) => [range, doublesOf(values)])),
    }));
  });
}

/** The rows that every model was asked about. */
export function referenceRows(): {
  /** `[224, 8]`. */
  readonly rows: Float64Array;
  /** The columns with categories, for models that encode them. */
  readonly pandas: Readonly<Record<'color' | 'size' | 'half', readonly (string | number | null)[]>>;
} {
  const stored = JSON.parse(readFileSync(`${FOLDER}/rows.json`, 'utf8')) as {
    rows: EncodedArray;
    pandas: Record<'color' | 'size' | 'half', (string | number | null)[]>;
  };
  return { rows: doublesOf(stored.rows), pandas: stored.pandas };
}
