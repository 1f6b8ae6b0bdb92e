import type { TableObject } from '../catalog/objects.js';
import type { Clock } from '../common/clock.js';
import { EngineCache } from '../inference/engine-cache.js';
import type { Connector, TableContext } from '../spec/connector.js';
import type { EngineLease, EngineStore, InferenceEngine } from '../spec/inference-engine.js';

/** A table that is a model, with what its engine is made of. */
export interface OpenedTableModel {
  readonly table: TableObject;
  readonly connector: Connector;
  readonly context: TableContext<never>;
}

export interface TableLease extends EngineLease {
  /** Whether nobody else finds the engine, since its table says that it is not kept. */
  readonly isPrivate: boolean;
}

/** The engines of tables that are models. A program's engine of the same name goes before that of a table. */
export class TableEngines {
  readonly #store: EngineStore;
  /** Those that this session made, with their names. */
  readonly #made = new Map<InferenceEngine, string>();
  /** What tables of this session were made of that have been asked for. */
  readonly #origins = new Set<string>();
  readonly #opening = new Map<string, Promise<InferenceEngine>>();

  /** @param store the program's; absent for one of the session alone. */
  constructor(store: EngineStore | undefined, clock: Clock) {
    this.#store = store ?? new EngineCache({ clock });
  }

  /**
   * The engine that a program put under a name, or that a table of this session left there.
   *
   * @param isOfAnybody whether one that a table of another session left there does too.
   */
  leaseNamed(name: string, isOfAnybody: boolean): TableLease | undefined {
    return this.#leaseIf(name, origin => isOfAnybody || this.#origins.has(origin));
  }

  /** The engine of a table, loaded where it was not. @throws {MillraceError} as `TableModel.openEngine`. */
  async lease(opened: OpenedTableModel): Promise<TableLease> {
    const { name, keepMs } = opened.connector.model!.settings(opened.context.options);
    const origin = originOf(opened);
    this.#origins.add(origin);
    const isSame = (of: string): boolean => of === origin;
    const known = this.#leaseIf(name, isSame);
    if (known) return known;
    if (keepMs === undefined) {
      const engine = await opened.connector.model!.openEngine(opened.context);
      return { engine, origin, isPrivate: true, release: () => void engine.close() };
    }
    await (this.#opening.get(origin) ?? this.#open(opened, { name, origin, keepMs }));
    // The store may be full of engines that are in use, or somebody may have emptied it meanwhile.
    return this.#leaseIf(name, isSame) ?? this.lease(opened);
  }

  /** Takes the engines of this session out of the store. */
  close(): void {
    for (const [engine, name] of this.#made) this.#store.remove(name, engine);
    this.#made.clear();
  }

  /** What is there under the name, if a program put it, or a table that is wanted. */
  #leaseIf(name: string, isWanted: (origin: string) => boolean): TableLease | undefined {
    const lease = this.#store.lease(name);
    if (!lease) return undefined;
    const { engine, origin } = lease;
    if (origin === undefined || isWanted(origin)) return { engine, origin, isPrivate: false, release: () => lease.release() };
    lease.release();
    return undefined;
  }

  #open(
    { connector, context }: OpenedTableModel,
    { name, origin, keepMs }: { readonly name: string; readonly origin: string; readonly keepMs: number },
  ): Promise<InferenceEngine> {
    const opening = connector
      .model!.openEngine(context)
      .then(engine => {
        this.#made.set(engine, name);
        this.#store.put(name, engine, { keepMs, origin });
        return engine;
      })
      .finally(() => this.#opening.delete(origin));
    this.#opening.set(origin, opening);
    return opening;
  }
}

/** Equal for tables whose engines are the same: options as written, and with variables filled in; secrets are not shown. */
function originOf({ table, context }: OpenedTableModel): string {
  return JSON.stringify([[...table.options].toSorted(([a], [b]) => (a < b ? -1 : 1)), context.options]);
}
