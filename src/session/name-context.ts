import type { Catalog } from '../catalog/catalog.js';
import type { ScalarFunction } from '../planner/functions/function.js';

/** What names mean in a session. */
export interface NameContext {
  readonly catalog: Catalog;
  /** The built-in functions by name. */
  readonly functions: ReadonlyMap<string, ScalarFunction>;
}
