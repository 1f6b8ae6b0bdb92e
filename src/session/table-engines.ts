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
  /** What each engine of this session was made of. */
  readonly #madeOf = new Map<InferenceEngine, { readonly name: string; readonly text: string }>();
  readonly #opening = new Map<string, Promise<InferenceEngine>>();

  /** @param store the program's; absent for one of the session alone. */
  constructor(store: EngineStore | undefined, clock: Clock) {
    this.#store = store ?? new EngineCache({ clock });
  }

  /** The engine that a program put under a name, or that another table of the session left there. */
  leaseNamed(name: string): TableLease | undefined {
    return shared(this.#store.lease(name));
  }

  /** The engine of a table, loaded where it was not. @throws {MillraceError} as `TableModel.openEngine`. */
  async lease(opened: OpenedTableModel): Promise<TableLease> {
    const { name, keepMs } = opened.connector.model!.settings(opened.context.options);
    const text = textOf(opened.table);
    const known = this.#leaseKnown(name, text);
    if (known) return known;
    if (keepMs === undefined) {
      const engine = await opened.connector.model!.openEngine(opened.context);
      return { engine, isPrivate: true, release: () => void engine.close() };
    }
    const key = JSON.stringify([name, text]);
    const opening = this.#opening.get(key) ?? this.#open(key, opened, { name, text, keepMs });
    await opening;
    // The store may be full of engines that are in use, or somebody may have emptied it meanwhile.
    return this.#leaseKnown(name, text) ?? this.lease(opened);
  }

  /** Takes the engines of this session out of the store. */
  close(): void {
    for (const [engine, { name }] of this.#madeOf) this.#store.remove(name, engine);
    this.#madeOf.clear();
  }

  /** What is there under the name, unless another table of this session made it. */
  #leaseKnown(name: string, text: string): TableLease | undefined {
    const lease = this.#store.lease(name);
    const madeOf = lease && this.#madeOf.get(lease.engine);
    if (!madeOf || madeOf.text === text) return shared(lease);
    lease.release();
    return undefined;
  }

  #open(
    key: string,
    { connector, context }: OpenedTableModel,
    { name, text, keepMs }: { readonly name: string; readonly text: string; readonly keepMs: number },
  ): Promise<InferenceEngine> {
    const opening = connector
      .model!.openEngine(context)
      .then(engine => {
        this.#madeOf.set(engine, { name, text });
        this.#store.put(name, engine, keepMs);
        return engine;
      })
      .finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return opening;
  }
}

function shared(lease: EngineLease | undefined): TableLease | undefined {
  return lease && { engine: lease.engine, isPrivate: false, release: () => lease.release() };
}

/** Equal for tables whose engines are the same. */
function textOf({ options }: TableObject): string {
  return JSON.stringify([...options].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
