import { MillraceError } from '../common/error.js';

/** One line with a value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape told. */
export class Scrape {
  readonly samples: readonly Sample[];
  /** `counter`, `gauge`, `histogram` … by metric. */
  readonly types: ReadonlyMap<string, string>;

  constructor(samples: readonly Sample[], types: ReadonlyMap<string, string>) {
    this.samples = samples;
    this.types = types;
  }

  /** The sum over all samples of a name whose labels have these values; `undefined` where there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.samples.filter(
      sample => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)(?: (-?\\d+))?$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME})(?: (.*))?$`);
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

/**
 * Reads Prometheus' text format, version 0.0.4, and holds it to its rules: names, escapes, one TYPE a metric and before its samples,
 * no sample twice, the samples of a metric together, buckets that add up.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * @throws {MillraceError} `MALFORMED_RECORD` with the line.
 */
export function readPrometheusText(text: string): Scrape {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const closed = new Set<string>();
  let current: string | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const check = (holds: boolean, problem: string): void => {
      if (!holds) throw malformed(problem, line, at + 1);
    };
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, word, name, rest = ''] = COMMENT.exec(line) ?? [];
      check(word !== undefined || !/^#\s*(HELP|TYPE)\b/.test(line), 'a HELP or TYPE line without a name');
      if (word !== 'TYPE') continue;
      check(TYPES.has(rest), `"${rest}" is no type`);
      check(!types.has(name!) && !closed.has(name!), 'a second TYPE, or one behind its samples');
      types.set(name!, rest);
      continue;
    }
    const [, name, labelText, valueText] = SAMPLE.exec(line) ?? [];
    check(name !== undefined, 'no sample');
    const labels = labelsOf(labelText ?? '');
    check(labels !== undefined, 'malformed labels');
    const value = valueOf(valueText!);
    check(value !== undefined, `"${valueText}" is no number`);
    const metric = metricOf(name!, types);
    check(!closed.has(metric), 'samples of one metric stand apart');
    if (current !== undefined && current !== metric) closed.add(current);
    current = metric;
    const key = `${name} ${labelKey(labels!)}`;
    check(!seen.has(key), 'a sample twice');
    seen.add(key);
    samples.push({ name: name!, labels: labels!, value: value! });
  }
  for (const [metric, type] of types) if (type === 'histogram') checkBuckets(metric, samples);
  return new Scrape(samples, types);
}

/** The metric that a sample belongs to. */
function metricOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return types.get(base) === 'histogram' ? base : name;
}

function labelsOf(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const [whole, name, value] = LABEL.exec(rest) ?? [];
    if (whole === undefined || Object.hasOwn(labels, name!)) return undefined;
    labels[name!] = value!.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function valueOf(text: string): number | undefined {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text === 'NaN') return NaN;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The same for the same labels, in whatever order they stand. */
function labelKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Buckets never fall, and the last one holds everything. */
function checkBuckets(metric: string, samples: readonly Sample[]): void {
  const last = new Map<string, Sample>();
  for (const sample of samples.filter(({ name }) => name === `${metric}_bucket`)) {
    const { le, ...labels } = sample.labels;
    const key = labelKey(labels);
    const before = last.get(key);
    const isNext = before === undefined || (valueOf(le!)! > valueOf(before.labels['le']!)! && sample.value >= before.value);
    if (!isNext) throw malformed(`buckets of "${metric}" fall`, JSON.stringify(sample));
    last.set(key, sample);
  }
  for (const sample of samples.filter(({ name }) => name === `${metric}_count`)) {
    const infinite = last.get(labelKey(sample.labels));
    const isWhole = infinite?.labels['le'] === '+Inf' && infinite.value === sample.value;
    if (!isWhole) throw malformed(`the buckets of "${metric}" do not add up`, JSON.stringify(sample));
  }
}

function malformed(problem: string, line: string, number?: number): MillraceError {
  return new MillraceError({
    code: 'MALFORMED_RECORD',
    message: `${problem}${number === undefined ? '' : ` in line ${number}`}: ${line}`,
  });
}
