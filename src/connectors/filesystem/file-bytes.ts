/** The bytes of one file from some place on, unpacked where the file is a gzip archive. */
export interface FileBytes {
  /**
   * Reads the next bytes into `room`.
   *
   * @returns how many; 0 at the present end of the file, after which another call finds what was added since.
   * @throws {MillraceError} `IO`, also when the file was removed, replaced or cut off below what was read.
   */
  read(room: Buffer): Promise<number>;
  close(): Promise<void>;
}

export interface FileBytesInit {
  readonly path: string;
  /** Bytes to pass over, counted after unpacking. */
  readonly offset: number;
  /** Whether more may be added to the file. */
  readonly growth: 'growing' | 'complete';
}
