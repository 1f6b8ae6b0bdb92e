import { z } from 'zod';
import { MillraceError } from '../common/error.js';
import { ON_FLINK } from '../common/not-run.js';
import type { Connector } from '../spec/connector.js';
import type { Format } from '../spec/format.js';
import { openPrefixes, option, secret, text, type OptionSchema } from '../spec/option.js';
import type { Provider } from '../spec/provider.js';

/** What is known of an extension that this build does not have. */
interface Known {
  readonly keys: readonly string[];
  /** What keys may begin with that are not listed one by one. */
  readonly prefixes?: readonly string[];
  readonly secrets?: readonly string[];
  /** Whether Flink has it. */
  readonly flink: boolean;
}

const KAFKA: Known = {
  keys: [
    'topic',
    'topic-pattern',
    'scan.startup.mode',
    'scan.startup.specific-offsets',
    'scan.startup.timestamp-millis',
    'scan.bounded.mode',
    'scan.bounded.specific-offsets',
    'scan.bounded.timestamp-millis',
    'scan.topic-partition-discovery.interval',
    'scan.parallelism',
    'sink.partitioner',
    'sink.delivery-guarantee',
    'sink.transactional-id-prefix',
    'sink.transaction-naming-strategy',
    'sink.parallelism',
  ],
  prefixes: ['properties.', 'key.', 'value.', 'scan.watermark.'],
  flink: true,
};

const JDBC: Known = {
  keys: [
    'url',
    'table-name',
    'driver',
    'username',
    'connection.max-retry-timeout',
    'scan.partition.column',
    'scan.partition.num',
    'scan.partition.lower-bound',
    'scan.partition.upper-bound',
    'scan.fetch-size',
    'scan.auto-commit',
    'lookup.cache',
    'lookup.cache.max-rows',
    'lookup.cache.ttl',
    'lookup.cache.caching-missing-key',
    'lookup.max-retries',
    'lookup.partial-cache.max-rows',
    'lookup.partial-cache.expire-after-write',
    'lookup.partial-cache.expire-after-access',
    'lookup.partial-cache.cache-missing-key',
    'sink.buffer-flush.max-rows',
    'sink.buffer-flush.interval',
    'sink.max-retries',
    'sink.parallelism',
  ],
  prefixes: ['properties.'],
  secrets: ['password'],
  flink: true,
};

const CONNECTORS: Readonly<Record<string, Known & Pick<Connector, 'format'>>> = {
  kafka: { ...KAFKA, format: 'required' },
  'upsert-kafka': { ...KAFKA, format: 'required' },
  jdbc: { ...JDBC, format: 'none' },
};

const FORMATS: Readonly<Record<string, Known>> = Object.fromEntries(
  [
    'avro',
    'avro-confluent',
    'debezium-json',
    'debezium-avro-confluent',
    'canal-json',
    'maxwell-json',
    'ogg-json',
    'protobuf',
    'parquet',
    'orc',
  ].map(name => [name, { keys: [], prefixes: [''], flink: true }]),
);

/**
 * Extensions that scripts name and this build does not have, with what is known of them: enough to check a script that names one.
 * Nothing of them can be opened.
 */
export const ABSENT = {
  connectors(name: string): Connector | undefined {
    const known = entryOf(CONNECTORS, name);
    return known && { name, format: known.format, options: schemaOf(known), metadata: 'any' };
  },
  formats(name: string): Format | undefined {
    const known = entryOf(FORMATS, name);
    const refuse = (): never => {
      throw absentError('format', name);
    };
    return known && { name, framing: 'line', options: schemaOf(known), createDecoder: refuse, createEncoder: refuse };
  },
  providers: (): Provider | undefined => undefined,
} as const;

export const ABSENT_NAMES = {
  connectors: Object.keys(CONNECTORS),
  formats: Object.keys(FORMATS),
  providers: [],
} as const;

/** The error that an extension of `ABSENT` is needed. */
export function absentError(kind: 'connector' | 'format', name: string): MillraceError {
  const { flink } = { connector: CONNECTORS, format: FORMATS }[kind][name]!;
  return new MillraceError({
    code: 'UNSUPPORTED',
    message: `this build has no ${kind} "${name}"`,
    notes: flink ? [{ message: ON_FLINK }] : [],
  });
}

function entryOf<Entry>(table: Readonly<Record<string, Entry>>, name: string): Entry | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function schemaOf({ keys, prefixes = [], secrets = [] }: Known): OptionSchema {
  const declared = (key: string, schema: z.ZodType): [string, z.ZodType] => [
    key,
    option(schema, {
      doc: 'Known by name.',
      aliases: [key.replaceAll('-', '_'), key.replaceAll('-', '.')].filter(each => each !== key),
    }),
  ];
  const shape = [...keys.map(key => declared(key, text().optional())), ...secrets.map(key => declared(key, secret().optional()))];
  return openPrefixes(z.object(Object.fromEntries(shape)), prefixes);
}

/** Options of models that are known and without effect in this build: `check` lets them pass, and a call is refused. */
export const absentModelOptions = z.object(
  Object.fromEntries(
    Object.entries({
      'batch.result': [],
      'execution.mode': [],
    } satisfies Record<string, string[]>).map(([key, aliases]): [string, z.ZodType] => [
      key,
      option(text().optional(), { doc: 'Known by name.', aliases }),
    ]),
  ),
);
