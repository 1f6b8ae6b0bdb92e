import { MillraceError } from '../../../common/error.js';
import type { Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { SinkWriter } from '../../../spec/connector.js';
import type { StreamElement } from '../element.js';
import type { Operator, OperatorContext } from '../operator.js';

export interface SinkOperatorOptions {
  /** Called once, when the operator opens: after what earlier attempts left was cleared away. */
  readonly openWriter: () => Promise<SinkWriter<unknown>>;
  /** The sink's columns, with their declared nullability. */
  readonly fields: readonly Field[];
  /** Called once, when the last row was written and flushed. */
  readonly onEnd: () => void;
}

/**
 * Writes rows through a sink's writer, one call at a time, in order. After a call that failed, no other is made.
 *
 * Its part of a checkpoint is the committable of what was written before the barrier.
 */
export function sinkOperator(options: SinkOperatorOptions): (context: OperatorContext) => Operator {
  return context => new SinkOperator(options, context);
}

class SinkOperator implements Operator {
  readonly #options: SinkOperatorOptions;
  readonly #context: OperatorContext;
  #writer: SinkWriter<unknown> | undefined;
  /** Settles when everything taken so far was written; `undefined` while nothing is under way. Never rejects. */
  #tail: Promise<void> | undefined;
  /** Whether a call failed, or the operator was closed. */
  #isOver = false;

  constructor(options: SinkOperatorOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
  }

  async open(): Promise<void> {
    this.#writer = await this.#options.openWriter();
  }

  push(element: StreamElement): void | Promise<void> {
    switch (element.kind) {
      case 'batch':
        return this.#write(element);
      case 'barrier':
        this.#context.snapshot(element.checkpoint, this.#prepare());
        return;
      case 'end':
        return this.#after(async () => {
          await this.#writer!.flush?.();
          this.#options.onEnd();
        });
      case 'watermark':
        return;
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#tail;
    await this.#writer?.close();
  }

  #write(batch: Batch): void | Promise<void> {
    if (this.#isOver) return;
    checkNulls(batch, this.#options.fields);
    this.#context.count('rows_in', batch.rowCount);
    if (this.#tail) return this.#after(() => this.#writer!.write(batch));
    const written = this.#writer!.write(batch);
    return written && this.#track(written);
  }

  #after(work: () => void | Promise<void>): Promise<void> {
    return this.#track((this.#tail ?? Promise.resolve()).then(() => (this.#isOver ? undefined : work())));
  }

  #track(work: Promise<void>): Promise<void> {
    const tail = work
      .catch(thrown => {
        this.#isOver = true;
        this.#context.fail(thrown);
      })
      .then(() => {
        if (this.#tail === tail) this.#tail = undefined;
      });
    this.#tail = tail;
    return tail;
  }

  async #prepare(): Promise<unknown> {
    let prepared: { readonly committable: unknown } | undefined;
    await this.#after(async () => {
      prepared = { committable: await this.#writer!.prepareCommit() };
    });
    if (prepared) return prepared.committable;
    // A checkpoint without it would pass over rows that were not written.
    throw new MillraceError({ code: 'INTERRUPTED', message: 'the sink did not write all rows before the checkpoint' });
  }
}

function checkNulls(batch: Batch, fields: readonly Field[]): void {
  for (const [index, field] of fields.entries()) {
    const nulls = field.type.nullable ? undefined : batch.columns[index]!.nulls;
    if (nulls === undefined || nulls.indexOf(1) === -1 || nulls.indexOf(1) >= batch.rowCount) continue;
    throw new MillraceError({
      code: 'NULL_VIOLATION',
      message: `column "${field.name}" is NOT NULL, and a NULL arrived`,
      notes: [{ message: `filter such rows out (WHERE ${field.name} IS NOT NULL), or use COALESCE` }],
    });
  }
}
