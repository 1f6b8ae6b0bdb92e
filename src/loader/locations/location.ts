/** A file of a model as it was seen at its place. */
export interface LocatedFile {
  /** Relative to the folder, parts joined by `/`; empty for a model that is one file. */
  readonly path: string;
  /** Bytes; `undefined` where the place does not tell. */
  readonly size: number | undefined;
  /** Changes with the content: an entity tag, a version id, a time and a size; `undefined` where the place does not tell. */
  readonly tag: string | undefined;
  /** SHA-256 of the content in lower-case hexadecimal digits, where the place vouches for one. */
  readonly sha256?: string | undefined;
}

/** What was seen at a place at one time. */
export interface Observation {
  readonly kind: 'file' | 'folder';
  /** One of a file; of a folder all below it, sorted by path. */
  readonly files: readonly LocatedFile[];
  /** Equal where nothing has changed; `undefined` where that cannot be told without reading. */
  readonly version: string | undefined;
  /** Whether nobody can be in the middle of writing it: a marker such as `_SUCCESS` stands in the folder, or the place shows files only whole. */
  readonly isComplete: boolean;
}

/** The bytes of a file, piece by piece. */
export interface FileBody {
  /** The first byte that comes: what was asked for, or 0 where the place gives files only as a whole. */
  readonly from: number;
  /** Bytes that will come; `undefined` where the place does not tell. */
  readonly length: number | undefined;
  /** The entity tag of what comes, where there is one. */
  readonly tag: string | undefined;
  /** Iterated once. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Where a model is. Makes one attempt at everything; who calls it tries again. */
export interface ModelLocation {
  /** For messages: without credentials. */
  readonly address: string;
  /** Everything that tells the place from others, for keys; may hold credentials, so it is hashed before it is kept. */
  readonly identity: string;
  /** Whether the files are on this machine and can be opened where they are. */
  readonly localPath: string | undefined;

  /**
   * Looks at the place.
   *
   * @param last what was seen last, so that an unchanged place may say so in fewer words.
   * @throws {MillraceError} `FILE_NOT_FOUND`, `UNAUTHORIZED`, `MODEL_LOAD`, `REFUSED`, or with a retry hint `UNREACHABLE`,
   * `RATE_LIMITED` and `SERVICE_ERROR`.
   */
  observe(signal: AbortSignal, last?: Observation): Promise<Observation>;

  /**
   * Reads a file from a byte on.
   *
   * @throws {MillraceError} as `observe`; `changedWhileRead` where the file is not any more what was observed.
   */
  read(file: LocatedFile, options: { readonly from: number; readonly signal: AbortSignal }): Promise<FileBody>;

  /** The text of a small file beside the model, whose name is the model's with `suffix` behind it; `undefined` where there is none. */
  readBeside(suffix: string, signal: AbortSignal): Promise<string | undefined>;
}
