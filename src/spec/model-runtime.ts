import type { z } from 'zod';
import type { Long } from '../common/long.js';
import type { ElementType, TensorData } from './element-type.js';
import type { ModelFileAccess } from './model-file-access.js';
import type { OptionSchema } from './option.js';

/** The labels of a classifier's classes, in the order of its probabilities. */
export type ClassLabels = readonly (string | Long)[];

/** How a model encodes the categories of a feature. */
export interface CategoryCodes {
  /** The number that stands for each category; of categories that are numbers, by their decimal text. */
  readonly codes: ReadonlyMap<string, number>;
  /** Whether the categories are numbers, so that a column of numbers holds them; otherwise it holds the codes themselves. */
  readonly areNumbers?: boolean | undefined;
  /** What stands for a category that is not among them; a row with one fails when absent. */
  readonly unknown?: number | undefined;
}

/** One value of a row that a model takes. */
export interface ModelFeature {
  /** Absent where the model only knows the place. */
  readonly name?: string | undefined;
  /** Present where the model encodes categories itself. */
  readonly codes?: CategoryCodes | undefined;
}

/** A tensor that a model takes. */
export interface ModelInput {
  readonly name: string;
  /** `undefined` when columns cannot feed it: another element type, or no tensor. */
  readonly element: ElementType | undefined;
  /** Dimensions, of which the first counts rows; `undefined` where one is open, and as a whole when the file does not tell; none of a scalar, which makes the model run row by row. */
  readonly shape: readonly (number | undefined)[] | undefined;
  /** What the values of a row are, in order; absent where the model does not tell. */
  readonly features?: readonly ModelFeature[] | undefined;
  /** Whether a text may be missing and is `null` then. A missing float is NaN in every model. */
  readonly takesNull?: boolean | undefined;
  /** Whether the model has a value of its own for it, so that no column need feed it. */
  readonly optional?: boolean | undefined;
}

/** What an output says about a row, as far as the format has a word for it. */
export const OUTPUT_KINDS = ['margin', 'probability', 'class', 'leaf'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** A tensor that a model gives. */
export interface ModelOutput {
  readonly name: string;
  /** `undefined` when no column can read it: another element type, no tensor, or not one value or row for each row. */
  readonly element: ElementType | undefined;
  /** Dimensions of one row. */
  readonly rowShape: readonly number[];
  /** Values in one row. */
  readonly width: number;
  /** Whether rows differ in shape, as those of a model of sequences do: `rowShape` then only tells how many dimensions there are. */
  readonly isOpen?: boolean | undefined;
  /** Set where the values are the probabilities of classes, in this order; empty when the labels are not known. */
  readonly classes: ClassLabels | undefined;
  readonly kind?: OutputKind | undefined;
  /** Whether a column reads it only by its name, or by the option `output`: what few ask for. */
  readonly onRequest?: boolean | undefined;
}

/** How INPUT columns become one input tensor of a model. */
export interface TensorFeed {
  readonly name: string;
  readonly element: ElementType;
  /** The columns, by index, whose values stand side by side in a row of the tensor; or one ARRAY column. */
  readonly columns: readonly number[];
  /** Values in one row. */
  readonly width: number;
  /** The tensor's dimensions after the first, which counts rows. */
  readonly rowShape: readonly number[];
  /** Set where rows differ in shape: `rowShape` with `undefined` for what each row tells itself; `rowShape` and `width` are those of some row then. */
  readonly openShape?: readonly (number | undefined)[] | undefined;
  /** Whether the tensor has no dimension at all, so that a run takes one row. */
  readonly isScalar?: boolean | undefined;
  /** By place in the row, how categories are encoded; absent where the model encodes none. */
  readonly codes?: readonly (CategoryCodes | undefined)[] | undefined;
  /** Whether a missing text is `null`; otherwise there is none. */
  readonly takesNull?: boolean | undefined;
}

/** Which values of an output become a column. */
export interface OutputRead {
  readonly output: string;
  /** Values that the output has in a row. */
  readonly width: number;
  /** The first of them that is read. */
  readonly offset: number;
  /** How many are read, side by side. */
  readonly count: number;
  readonly form: 'numbers' | 'longs' | 'unsigned' | 'flags' | 'texts';
  /** Set where rows differ in shape: how many dimensions each has. All of its values are read then, and `width`, `offset` and `count` mean nothing. */
  readonly openDimensions?: number | undefined;
}

/** `count` values a row: numbers, longs, unsigned longs, flags (0 and 1) and texts, by the form of the read. */
export type ReadValues = Float64Array | BigInt64Array | BigUint64Array | Uint8Array | string[];

/** What a run gave. */
export interface ModelRunResult {
  /** By read, in order; what stands at a failed or missing row means nothing. */
  readonly columns: readonly ReadValues[];
  /** By read, a byte a row that is 1 where the model has no value; absent where it has all, or for all reads. */
  readonly nulls?: readonly (Uint8Array | undefined)[] | undefined;
  /** By read with `openDimensions`, the sizes of each row, side by side; a failed row has no values, and zeros there. */
  readonly sizes?: readonly (Uint32Array | undefined)[] | undefined;
  /** Rows that the model could not compute, with the reason. */
  readonly failures: readonly (readonly [row: number, reason: string])[];
}

/**
 * Runs a model over `rows` rows; `data` is by feed, in order, `rows * width` values each, and the run's from then on.
 * A row's answer does not depend on the other rows.
 *
 * @param sizes by feed with an open shape, the dimensions of each row, side by side: its values follow each other without gaps.
 * @throws {MillraceError} with `retry` set, or the signal's reason.
 */
export type ModelRun = (
  rows: number,
  data: readonly TensorData[],
  signal: AbortSignal,
  sizes?: readonly (Uint32Array | undefined)[],
) => Promise<ModelRunResult>;

/** A loaded model that knows what it will be fed. */
export interface PreparedModel {
  readonly outputs: readonly ModelOutput[];
  /** A run that gives these values. Computes no output that nobody reads, where that saves something. */
  reading(reads: readonly OutputRead[]): ModelRun;
}

/** A model file that has been read and can run. Knows nothing of columns, so that all who ask for the file share it. */
export interface LoadedModel {
  /** Changes whenever the file's content does: the first 12 hexadecimal digits of a SHA-256. */
  readonly version: string;
  /** What it keeps in memory, in bytes; a guess where it cannot be known. */
  readonly memoryBytes: number;
  readonly inputs: readonly ModelInput[];
  /**
   * Tells what comes out for such input, if need be by running the model over rows of zeros.
   *
   * @throws {MillraceError} `MODEL_LOAD` where the model does not run with it.
   */
  prepare(feeds: readonly TensorFeed[]): Promise<PreparedModel>;
  /** Called once, after the last run. */
  close(): Promise<void>;
}

/** A model file or folder as it is seen before anybody knows its format. */
export interface ModelFileView {
  /** Absolute. */
  readonly path: string;
  /** Names in the folder, not below; `undefined` for a file. */
  readonly entries: readonly string[] | undefined;
  /** The first 4,096 bytes of a file, or all; none of a folder. */
  readonly head: Uint8Array;
  /** Of a file; 0 of a folder. */
  readonly size: number;
}

export interface RuntimeContext<Options> {
  /** The model's name, for messages. */
  readonly name: string;
  readonly file: ModelFileView;
  /** What the model was said to be: the name of a runtime or one of its `formats`; absent where the bytes told it. */
  readonly format: string | undefined;
  readonly options: Options;
  /** Threads that may run the model at once. */
  readonly threads: number;
  /** Where the model runs. A runtime that cannot use a GPU refuses `gpu` with `INVALID_OPTION`. */
  readonly device: 'cpu' | 'gpu';
  /** What the user says the model takes, for formats that do not tell; over what the file says. */
  readonly declaredInputs: readonly ModelInput[] | undefined;
}

/** What runs model files of one kind behind `'provider' = 'local'`. */
export interface ModelRuntime<Options extends OptionSchema = OptionSchema> {
  /** The value of `'runtime'`. */
  readonly name: string;
  /** Other values of `'runtime'` that mean this one, as `xgboost-json`. */
  readonly formats: readonly string[];
  /** Options of its own, besides those of the `local` provider. An option that several runtimes have is declared once, in `kit/`. */
  readonly options: Options;
  /** Whether this is a file of the kind, by its bytes or what is in the folder, never by its name. */
  recognizes(file: ModelFileView): boolean;
  /**
   * Reads the file.
   *
   * @throws {MillraceError} `MODEL_LOAD`, `FILE_NOT_FOUND`, `MISSING_PACKAGE` or `INVALID_OPTION`.
   */
  open(context: RuntimeContext<z.output<Options>>): Promise<LoadedModel>;
}

export function defineRuntime<Options extends OptionSchema>(runtime: ModelRuntime<Options>): ModelRuntime<Options> {
  return runtime;
}

/** How a model file is run: in this process, or by Python in another. */
export type RuntimeMode = 'native' | 'sidecar';

export interface ModelFileRequest {
  /** The model's name, for messages. */
  readonly name: string;
  /** A path, which may be relative to the working directory, or a URL. */
  readonly address: string;
  /** Name of a runtime or one of its formats; the bytes decide when absent. */
  readonly format: string | undefined;
  readonly mode: RuntimeMode;
  readonly threads: number;
  readonly device: 'cpu' | 'gpu';
  readonly declaredInputs: readonly ModelInput[] | undefined;
  /** How the file is reached and checked; as options that nobody sets when absent. */
  readonly access?: ModelFileAccess | undefined;
}

/** A loaded model on loan. */
export interface ModelHandle {
  readonly model: LoadedModel;
  /** SHA-256 of the files, where a copy was kept by which the very same model can be opened again. */
  readonly content?: string | undefined;
  /** Gives it back, after the last run; further calls do nothing. */
  release(): Promise<void>;
  /** Opens the model of another content of the same address; `undefined` where no copy is left. There where `content` is. */
  openContent?(content: string): Promise<ModelHandle | undefined>;
  /**
   * Looks for new versions until the returned function is called. There where `access.refreshIntervalMs` is set.
   *
   * @param onVersion gets a version that takes what this one takes, and owns it from then on. Where it rejects, the version is
   * given back for it, and the problem is logged.
   */
  watch?(onVersion: (next: ModelHandle) => Promise<void>): () => void;
}

/**
 * Finds, reads and loads model files.
 *
 * @throws {MillraceError} `MODEL_LOAD`, `FILE_NOT_FOUND`, `MISSING_OPTION`, `MISSING_PACKAGE`, `UNKNOWN_EXTENSION` or `INVALID_OPTION`.
 */
export type OpenModelFile = (request: ModelFileRequest) => Promise<ModelHandle>;
