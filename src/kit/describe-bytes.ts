/** What stands at an offset of a file of the kind; latin1. */
const SIGNATURES: readonly (readonly [offset: number, signature: string, kind: string])[] = [
  [0, '\x1f\x8b', 'gzip data'],
  [0, 'PK\x03\x04', 'a zip archive, as PyTorch and Keras write it'],
  [0, '\x89HDF', 'an HDF5 file, as Keras writes it'],
  [0, '\x80\x02', 'a Python pickle'],
  [0, '\x80\x03', 'a Python pickle'],
  [0, '\x80\x04', 'a Python pickle'],
  [0, '\x80\x05', 'a Python pickle'],
  [4, 'ORTM', "a model in onnxruntime's own ORT format"],
  [4, 'TFL3', 'a TensorFlow Lite model'],
  [0, '{L', 'an XGBoost model in UBJSON'],
  [0, 'binf', 'an XGBoost model in its old binary format'],
  [0, 'version https://git-lfs', 'a pointer of Git LFS in place of the file'],
  [0, '{', 'a JSON document, as an XGBoost model is'],
  [0, '<!', 'an HTML page'],
  [0, '<html', 'an HTML page'],
  [0, '<', 'an XML document, as a PMML model is'],
];

/** What a file seems to be by its first bytes, for a message; `otherwise` where they tell nothing. */
export function describeBytes(bytes: Uint8Array, otherwise: string): string {
  if (bytes.length === 0) return 'an empty file';
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  const known = SIGNATURES.find(([offset, signature]) => head.startsWith(signature, offset));
  return known?.[2] ?? otherwise;
}
