import { MillraceError } from '../../common/error.js';
import type { Batch } from '../../spec/batch.js';
import { formatType, isEmbeddingType, type DataType, type Field } from '../../spec/data-type.js';
import type { Model, ModelCall, ModelResult } from '../../spec/provider.js';
import { estimateRowTokens } from '../estimate-row-tokens.js';
import { createPrompt } from '../prompt.js';
import { embeddingColumn } from './embedding-column.js';
import type { EmbeddingWire } from './embedding-wire.js';

export interface EmbeddingModelInit {
  readonly wire: EmbeddingWire;
  /** The `prompt` option: a template of the text that is embedded. */
  readonly template?: string | undefined;
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  /** As `Model.version`. */
  readonly version: string;
  /** As `Model.quota`. */
  readonly quota: string;
}

/**
 * A model that gives a vector for a text, whatever the service's wire format. A row whose text is NULL is not sent and
 * has a NULL vector.
 *
 * @throws {MillraceError} `MODEL_SCHEMA`, `INVALID_OPTION`
 */
export function createEmbeddingModel({ wire, template, inputs, outputs, version, quota }: EmbeddingModelInit): Model {
  const type = outputType(outputs);
  const prompt = createPrompt({ inputs, template });

  async function predict(batch: Batch, call: ModelCall): Promise<ModelResult> {
    const texts = Array.from({ length: batch.rowCount }, (_, row) => prompt(batch, row));
    const sent = texts.filter(text => text !== null);
    if (sent.length === 0) return { outputs: [embeddingColumn(type, texts as null[])] };
    const { vectors, ...accounting } = await wire.embed(sent, call);
    if (vectors.length !== sent.length)
      throw badAnswer(`${wire.service} answered with ${vectors.length || 'no'} embeddings for ${sent.length} inputs`);
    let next = 0;
    const rows = texts.map(text => (text === null ? null : readVector(vectors[next++], wire.service)));
    return { outputs: [embeddingColumn(type, rows)], ...accounting };
  }

  const tokens = estimateRowTokens({ prompt, staticText: '', maxOfCall: wire.maxTokens });
  return { maxInputsPerCall: wire.maxInputs, version, quota, isRepeatable: true, tokens, operation: 'embeddings', predict };
}

function outputType(outputs: readonly Field[]): DataType {
  const [output, ...more] = outputs;
  if (output !== undefined && more.length === 0 && isEmbeddingType(output.type)) return output.type;
  const found = outputs.map(({ name, type }) => `"${name}" ${formatType(type)}`).join(', ');
  throw new MillraceError({
    code: 'MODEL_SCHEMA',
    message: `an embedding model has one OUTPUT column, an ARRAY of FLOAT or DOUBLE, not ${found}`,
    notes: [{ message: 'write OUTPUT (embedding ARRAY<FLOAT>)' }],
  });
}

function readVector(embedding: unknown, service: string): number[] {
  if (!Array.isArray(embedding) || embedding.length === 0) throw noVector(service);
  for (let i = 0; i < embedding.length; i++) {
    if (typeof embedding[i] !== 'number') throw noVector(service);
  }
  return embedding as number[];
}

function noVector(service: string): MillraceError {
  return badAnswer(`${service} answered with an embedding that is no list of numbers`);
}

function badAnswer(message: string): MillraceError {
  return new MillraceError({ code: 'BAD_ANSWER', message, retry: 'backoff' });
}
