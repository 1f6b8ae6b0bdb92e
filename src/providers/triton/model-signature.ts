import { MillraceError } from '../../common/error.js';
import { isDatatype, type Datatype } from '../../kit/tensor/tensor.js';

/** An input or output as a server describes it. */
export interface TensorSpec {
  readonly name: string;
  /** As the server writes it; `undefined` in `datatype` where it is none of the protocol. */
  readonly writtenType: string;
  readonly datatype: Datatype | undefined;
  /** With the dimension that counts rows, where there is one; -1 is open. */
  readonly shape: readonly number[];
  /** Whether a request may leave it out. */
  readonly optional: boolean;
}

/** What a server tells of a model. */
export interface ModelSignature {
  /** The name on the server. */
  readonly name: string;
  /** Empty where the server does not count versions. */
  readonly versions: readonly string[];
  /** Empty where the server does not tell. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Most rows of a request; 0 for a model without a dimension of Triton's that counts rows; `undefined` when not told. */
  readonly maxBatchSize: number | undefined;
}

/**
 * Reads the answers of `GET v2/models/{m}` and `GET v2/models/{m}/config`.
 *
 * @param config `undefined` where the server has no such address: only Triton does.
 * @throws {MillraceError} `MODEL_LOAD` for metadata that is not of the protocol.
 */
export function readSignature(metadata: unknown, config: unknown): ModelSignature {
  if (!isRecord(metadata)) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: 'the server described the model with something else than a JSON object',
      notes: [{ message: 'check that "endpoint" is the base URL of a server of the Open Inference Protocol v2' }],
    });
  }
  const configured = isRecord(config) ? config : {};
  const maxBatchSize = configured['max_batch_size'];
  const optional = new Set(
    list(configured['input'])
      .filter(input => input['optional'] === true)
      .map(input => input['name']),
  );
  const readSpec = (spec: Readonly<Record<string, unknown>>): TensorSpec => ({
    name: String(spec['name']),
    writtenType: String(spec['datatype']),
    datatype: isDatatype(spec['datatype']) ? spec['datatype'] : undefined,
    shape: Array.isArray(spec['shape']) ? spec['shape'].map(Number) : [],
    optional: optional.has(spec['name']),
  });
  return {
    name: String(metadata['name']),
    versions: Array.isArray(metadata['versions']) ? metadata['versions'].map(String) : [],
    inputs: list(metadata['inputs']).map(readSpec),
    outputs: list(metadata['outputs']).map(readSpec),
    maxBatchSize: typeof maxBatchSize === 'number' ? maxBatchSize : undefined,
  };
}

function list(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `FP32 [N, 4]`: N for the rows, `?` for another open dimension. */
export function describeTensor({ writtenType, shape }: TensorSpec): string {
  return `${writtenType} [${shape.map((size, i) => (size >= 0 ? size : i === 0 ? 'N' : '?')).join(', ')}]`;
}
