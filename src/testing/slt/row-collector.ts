import { createZone, UTC } from '../../common/zone.js';
import type { Session } from '../../session/session.js';
import type { RowConsumer } from '../../session/statement-result.js';
import { rowAt, ROW_KIND_NAMES, type Value } from '../../spec/batch.js';
import type { Field } from '../../spec/data-type.js';
import { formatCell, joinCells } from './cell-text.js';

/** The rows of a SELECT as lines; row kinds in front where there are others than inserts. */
export class RowCollector implements RowConsumer {
  readonly all: string[] = [];
  readonly #session: Session;
  #fields: readonly Field[] = [];
  #isChangelog = false;

  constructor(session: Session) {
    this.#session = session;
  }

  begin(fields: readonly Field[], changelogMode: Parameters<RowConsumer['begin']>[1]): void {
    this.#fields = fields;
    this.#isChangelog = changelogMode !== 'insert-only';
  }

  write(batch: Parameters<RowConsumer['write']>[0]): void {
    for (let row = 0; row < batch.rowCount; row++) {
      const kind = this.#isChangelog ? [ROW_KIND_NAMES[batch.rowKinds?.[row] ?? 0]!] : [];
      this.all.push(...this.lines(rowAt(batch, row), this.#fields, kind));
    }
  }

  end(): void {}

  lines(row: readonly Value[], fields: readonly Field[], before: readonly string[] = []): string[] {
    const zone = createZone(this.#session.timeZone) ?? UTC;
    return nonBlank(joinCells([...before, ...fields.map((field, i) => formatCell(row[i] ?? null, field.type, zone))]));
  }
}

/** The lines of a text; blank ones would end a record. */
export function nonBlank(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}
