import { MillraceError } from '../../common/error.js';
import { bindModel, type ModelColumns } from '../../kit/model-columns/bind-columns.js';
import type { ModelHandle, ModelOutput } from '../../spec/model-runtime.js';
import type { Model } from '../../spec/provider.js';
import { RecentRows } from './recent-rows.js';

export interface VersionInit {
  readonly columns: ModelColumns;
  readonly maxInputsPerCall: number;
  /** What the version is called in place of the one that its content makes. */
  readonly version: string | undefined;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

interface Running {
  readonly outputs: readonly ModelOutput[];
  readonly recent: RecentRows;
}

/**
 * A version of a model file that answers in columns. Gives the handle back when it is closed, or when it cannot be opened.
 *
 * @param before the version whose place it takes: it must give the same classes, and answer what that one answered.
 * @throws {MillraceError} as `bindColumns`; `MODEL_SCHEMA` or `MODEL_LOAD` for one that may not take the place.
 */
export async function openVersion(handle: ModelHandle, init: VersionInit, before?: Running): Promise<Model> {
  try {
    const { predict, outputs } = await bindModel(handle.model, init.columns);
    if (before) {
      checkSameClasses(before.outputs, outputs);
      await before.recent.check(predict);
    }
    const recent = before?.recent ?? new RecentRows(init.monotonic);
    const { openContent, watch } = handle;
    const isFollowed = openContent !== undefined || watch !== undefined;
    return {
      maxInputsPerCall: init.maxInputsPerCall,
      version: init.version ?? handle.model.version,
      pin: handle.content,
      async predict(batch, { signal }) {
        const result = await predict(batch, signal);
        if (watch !== undefined) recent.keep(batch, result);
        return result;
      },
      close: () => handle.release(),
      ...(isFollowed && {
        versions: {
          subscribe: onModel => watch?.(async next => onModel(await openVersion(next, init, { outputs, recent }))) ?? (() => {}),
          async open(pin) {
            const found = await openContent?.(pin);
            return found && (await openVersion(found, init));
          },
        },
      }),
    };
  } catch (thrown) {
    await handle.release();
    throw thrown;
  }
}

/** Labels are values of columns and keys of maps: what reads them knows those of the running version. */
function checkSameClasses(running: readonly ModelOutput[], next: readonly ModelOutput[]): void {
  for (const { name, classes } of running) {
    const others = next.find(output => output.name === name)?.classes;
    if (classes === undefined || others === undefined) continue;
    const labels = (all: typeof classes): string => JSON.stringify(all.map(String).toSorted());
    if (labels(classes) === labels(others)) continue;
    throw new MillraceError({
      code: 'MODEL_SCHEMA',
      message: `the new version of the model has other classes in "${name}": ${others.map(String).slice(0, 20).join(', ')}`,
      notes: [{ message: 'the running version goes on; start the job again to take the new one' }],
    });
  }
}
