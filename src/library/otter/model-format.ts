/** The formats of model files, by the names of the Otter reference; the values are those of `'model.format'`. */
export const ModelFormat = {
  ONNX: 'onnx',
  TENSORFLOW_SAVEDMODEL: 'tensorflow-savedmodel',
  XGBOOST_JSON: 'xgboost-json',
  XGBOOST_BINARY: 'xgboost-binary',
  PMML: 'pmml',
  PYTORCH_TORCHSCRIPT: 'pytorch-torchscript',
} as const;

export type ModelFormat = (typeof ModelFormat)[keyof typeof ModelFormat];

export function isModelFormat(value: unknown): value is ModelFormat {
  return Object.values<unknown>(ModelFormat).includes(value);
}
