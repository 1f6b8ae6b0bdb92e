declare module 'snappyjs' {
  /** The bytes that snappy packed. Throws an `Error` where they are no snappy data, or would be more than `maxLength` bytes. */
  function uncompress(compressed: Uint8Array, maxLength: number): Uint8Array;
  function compress(bytes: Uint8Array): Uint8Array;
  const snappy: { readonly uncompress: typeof uncompress; readonly compress: typeof compress };
  export default snappy;
}
