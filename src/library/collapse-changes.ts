import type { JsValue } from '../spec/js-type.js';
import type { Change, RowObject } from './row-objects.js';

/** The rows that are left when all changes of a finished changelog are made, in the order in which they came last. */
export class ChangeCollapse {
  /** Equal rows, by their text. */
  readonly #rows = new Map<string, RowObject[]>();

  add({ kind, row }: Change<RowObject>): void {
    const key = textOf(row);
    const equal = this.#rows.get(key) ?? [];
    if (kind === '+I' || kind === '+U') equal.push(row);
    else equal.pop();
    if (equal.length === 0) this.#rows.delete(key);
    else this.#rows.set(key, equal);
  }

  rows(): RowObject[] {
    return [...this.#rows.values()].flat();
  }
}

/** Equal for equal rows, and only for those. */
function textOf(row: RowObject): string {
  return JSON.stringify(row, (_, value: JsValue) => {
    if (typeof value === 'bigint') return { bigint: String(value) };
    if (value instanceof Map) return { map: [...value] };
    // JSON has neither NaN nor the infinities nor -0.
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
      return { number: Object.is(value, -0) ? '-0' : String(value) };
    return value instanceof Uint8Array ? { bytes: [...value] } : value;
  });
}
