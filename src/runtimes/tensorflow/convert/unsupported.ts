/** Thrown by a converter for a form of its operator that has no way to ONNX; becomes a part of the refusal of the whole model. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}
