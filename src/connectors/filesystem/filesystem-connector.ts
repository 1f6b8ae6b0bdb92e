import { MillraceError } from '../../common/error.js';
import { defineConnector, type FormatPair, type TableContext } from '../../spec/connector.js';
import { BIGINT, STRING, timestampLtz, withNullable } from '../../spec/data-type.js';
import { createFileSink, createReplacingFileSink } from './file-sink.js';
import { createFileSource } from './file-source.js';
import { filesystemOptions, type FilesystemOptions } from './filesystem-options.js';

/** Files of this machine: one record a line, read and written exactly once. */
export const filesystem = defineConnector({
  name: 'filesystem',
  options: filesystemOptions,
  format: 'required',
  isEndless: options => options.has('source.monitor-interval'),
  metadata: {
    'file.path': withNullable(STRING, false),
    'file.name': withNullable(STRING, false),
    'file.size': withNullable(BIGINT, false),
    'file.modification-time': withNullable(timestampLtz(3), false),
  },
  createSource(table, format) {
    refusePartitions(table);
    return createFileSource(table, required(format));
  },
  createSink(table, format) {
    refusePartitions(table);
    return createFileSink(table, required(format));
  },
  createOverwriteSink(table, format) {
    refusePartitions(table);
    return createReplacingFileSink(table, required(format));
  },
});

function refusePartitions({ name, partitionKeys }: TableContext<FilesystemOptions>): void {
  if (partitionKeys.length === 0) return;
  throw new MillraceError({
    code: 'UNSUPPORTED',
    message: `table "${name}" is PARTITIONED BY "${partitionKeys.join('", "')}", and the filesystem connector of the embedded engine does not read or write partition folders`,
    notes: [{ message: 'leave PARTITIONED BY out and keep the columns in the rows, or run the script with --engine flink' }],
  });
}

function required(format: FormatPair | undefined): FormatPair {
  if (format !== undefined) return format;
  throw new MillraceError({ code: 'MISSING_OPTION', message: "option 'format' is missing" });
}
