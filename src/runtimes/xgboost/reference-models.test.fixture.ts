import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = 'tests/fixtures/xgboost';

interface EncodedArray {
  readonly shape: readonly number[];
  readonly base64: string;
}

/** One model with the answers of the XGBoost that trained it, as `scripts/fixtures/xgboost` writes it. */
export interface ReferenceModel {
  readonly name: string;
  readonly xgboost: string;
  /** By encoding: `json`, `ubj`, `deprecated` (the old binary format), `snapshot`, `truncated`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly rowCount: number;
  /** `[rowCount, …]` each. */
  readonly margin: Float32Array;
  readonly prediction: Float32Array;
  readonly leaf: Uint8Array | undefined;
  /** Margins of the rounds of an `iteration-range`. */
  readonly iterations: Readonly<Record<string, Float32Array>>;
  /** Margins of the rounds up to the best one. */
  readonly best: Float32Array | undefined;
}

interface StoredCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly margin: EncodedArray;
  readonly prediction: EncodedArray;
  readonly leaf?: EncodedArray;
  readonly iterations?: Readonly<Record<string, EncodedArray>>;
  readonly best?: EncodedArray;
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function floatsOf({ base64 }: EncodedArray): Float32Array {
  return new Float32Array(bytesOf(base64).buffer);
}

/** The models of one version of XGBoost, or of all. */
export function referenceModels(version?: string): ReferenceModel[] {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.json.gz') && (version === undefined || name.includes(version)));
  return files.toSorted().flatMap(name => {
    const stored = JSON.parse(gunzipSync(readFileSync(`${FOLDER}/${name}`)).toString()) as {
      xgboost: string;
      cases: readonly StoredCase[];
    };
    return stored.cases.map((model): ReferenceModel => ({
      name: model.name,
      xgboost: stored.xgboost,
      files: Object.fromEntries(Object.entries(model.files).map(([encoding, base64]) => [encoding, bytesOf(base64)])),
      rowCount: model.margin.shape[0]!,
      margin: floatsOf(model.margin),
      prediction: floatsOf(model.prediction),
      leaf: model.leaf && bytesOf(model.leaf.base64),
      iterations: Object.fromEntries(Object.entries(model.iterations ?? {}).map(([range, values]) => [range, floatsOf(values)])),
      best: model.best && floatsOf(model.best),
    }));
  });
}

/** The rows that every model was asked about. */
export function referenceRows(): {
  readonly features: readonly string[];
  /** `[rows, features]`. */
  readonly rows: Float32Array;
  /** The columns with categories, for models that encode them. */
  readonly pandas: {
    readonly color: readonly (string | null)[];
    readonly size: readonly (number | null)[];
    readonly day: readonly (number | null)[];
  };
} {
  const stored = JSON.parse(readFileSync(`${FOLDER}/rows.json`, 'utf8')) as {
    features: string[];
    rows: EncodedArray;
    pandas: { color: string[]; size: number[]; day: number[] };
  };
  return { features: stored.features, rows: floatsOf(stored.rows), pandas: stored.pandas };
}
