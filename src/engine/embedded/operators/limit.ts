import { sliceBatch } from '../../../spec/batch.js';
import { joinCredits, type OperatorFactory } from '../operator.js';

/** Passes on `count` rows after the first `offset`, then says that the stream has ended. */
export function limitOperator({ count, offset }: { readonly count: number; readonly offset: number }): OperatorFactory {
  return context => {
    let seen = 0;
    let done = false;
    const finish = (): void | Promise<void> => {
      if (done) return;
      done = true;
      return context.output.emit({ kind: 'end' });
    };
    /** No row follows, so windows behind must not wait for any. */
    const finishEarly = (): void | Promise<void> => {
      const passed = context.output.emit({ kind: 'watermark', time: Infinity });
      return joinCredits([passed, finish()]);
    };
    return {
      open(state) {
        seen = (state as number | undefined) ?? 0;
        if (count === 0 || seen >= offset + count) void finishEarly();
      },
      push(element) {
        if (element.kind === 'barrier') {
          context.snapshot(element.checkpoint, seen);
          return context.output.emit(element);
        }
        if (element.kind === 'end') return finish();
        if (element.kind === 'watermark') return done ? undefined : context.output.emit(element);
        if (done) return;
        const from = Math.min(Math.max(offset - seen, 0), element.rowCount);
        const to = Math.min(offset + count - seen, element.rowCount);
        seen += element.rowCount;
        const credit = to > from ? context.output.emit(sliceBatch(element, from, to)) : undefined;
        if (seen < offset + count) return credit;
        seen = offset + count;
        return joinCredits([credit, finishEarly()]);
      },
      close: () => Promise.resolve(),
    };
  };
}
