import { z } from 'zod';
import { asElementType, type ElementType, type TensorData } from '../../spec/element-type.js';
import { garbage, type Frame } from './frame.js';
import { decodeTensor } from './tensor-bytes.js';

/** Counts changes of the frames; the worker says which one it speaks. */
export const PROTOCOL = 1;

/** What a worker loads. */
export interface LoadRequest {
  readonly kind: 'load';
  readonly framework: string;
  readonly path: string;
  readonly device: 'cpu' | 'gpu';
  /** Threads inside one run. */
  readonly threads: number;
  readonly signature: string | null;
}

/** A tensor that is sent. */
export interface SentTensor {
  readonly name: string;
  readonly element: ElementType;
  readonly shape: readonly number[];
}

/** A tensor that came; `data` is absent where its element type has no name here. */
export interface ReceivedTensor {
  readonly name: string;
  readonly element: ElementType | undefined;
  readonly shape: readonly number[];
  readonly data: TensorData | undefined;
}

const size = z.int().min(0);
const id = z.int().min(0);
const words = z.string().max(20_000);

const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), protocol: z.int(), python: words, executable: words }),
  z.object({
    kind: z.literal('failed'),
    code: z.enum(['MODEL_LOAD', 'MISSING_PACKAGE', 'INVALID_OPTION']),
    message: words,
    notes: z.array(words).max(10),
  }),
  z.object({
    kind: z.literal('loaded'),
    framework: words,
    inputs: z
      .array(z.object({ name: words, element: z.string().nullable(), shape: z.array(z.int().min(-1)).max(32).nullable() }))
      .max(1_000),
    peak: size,
  }),
  z.object({
    kind: z.literal('result'),
    id,
    tensors: z.array(z.object({ name: words, element: z.string().nullable(), shape: z.array(size).max(32), bytes: size })).max(1_000),
    peak: size,
  }),
  z.object({ kind: z.literal('error'), id, message: words }),
  z.object({ kind: z.literal('pong'), id }),
]);

/** What a worker says. `peak` is the most memory that its process has taken so far, in bytes. */
export type WorkerMessage = z.output<typeof message>;
export type LoadedMessage = Extract<WorkerMessage, { readonly kind: 'loaded' }>;
export type ResultMessage = Extract<WorkerMessage, { readonly kind: 'result' }>;

/** @throws {MillraceError} `PREDICTION_FAILED` for a header that is no message. */
export function readMessage({ header }: Frame): WorkerMessage {
  const parsed = message.safeParse(header);
  if (!parsed.success) throw garbage();
  return parsed.data;
}

/** The tensors of a result. @throws {MillraceError} `PREDICTION_FAILED` where lengths do not fit. */
export function readTensors({ tensors }: ResultMessage, payload: Buffer): ReceivedTensor[] {
  let at = 0;
  const received = tensors.map(({ name, element: word, shape, bytes }): ReceivedTensor => {
    if (bytes > payload.length - at) throw garbage();
    const part = payload.subarray(at, at + bytes);
    at += bytes;
    const element = word === null ? undefined : asElementType(word);
    if (element === undefined) return { name, element, shape, data: undefined };
    const data = decodeTensor(
      element,
      part,
      shape.reduce((product, each) => product * each, 1),
    );
    if (!data) throw garbage();
    return { name, element, shape, data };
  });
  if (at !== payload.length) throw garbage();
  return received;
}
