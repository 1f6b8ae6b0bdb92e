import type { TableObject } from '../catalog/objects.js';
import type { Field } from '../spec/data-type.js';

export interface FileTableInit {
  /** For messages. */
  readonly name: string;
  readonly path: string;
  readonly fields: readonly Field[];
}

/** A file of JSON lines as a table that no catalog has. */
export function fileTable({ name, path, fields }: FileTableInit): TableObject {
  const namespace = { catalog: 'default_catalog', database: 'default_database' };
  return {
    kind: 'table',
    name: { ...namespace, object: name },
    temporary: true,
    columns: fields.map(field => ({ kind: 'physical', ...field, comment: undefined })),
    watermark: undefined,
    primaryKey: [],
    constraint: undefined,
    partitionKeys: [],
    options: new Map([
      ['connector', 'filesystem'],
      ['path', path],
      ['format', 'json'],
    ]),
    comment: undefined,
    definitions: [],
    namespace,
  };
}
