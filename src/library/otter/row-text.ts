import type { Features, OutputValue } from '../../spec/inference-engine.js';

/** What JSON has no word for. */
type Tagged = { readonly long: string } | { readonly number: string };

/** Features as text that is equal for equal features in equal order, from which `readFeatures` makes them again. */
export function featuresText(features: Features): string {
  const entries = features instanceof Map ? [...features] : Object.entries(features);
  return JSON.stringify(entries.map(([name, value]): [unknown, unknown] => [name, tagged(value)]));
}

export function readFeatures(text: string): Map<string, unknown> {
  return new Map((JSON.parse(text) as [string, unknown][]).map(([name, value]) => [name, untagged(value)]));
}

/** Outputs as text, for `readOutputs`. */
export function outputsText(outputs: ReadonlyMap<string, OutputValue>): string {
  return JSON.stringify([...outputs].map(([name, value]) => [name, tagged(value)]));
}

export function readOutputs(text: string): Map<string, OutputValue> {
  return readFeatures(text) as Map<string, OutputValue>;
}

function tagged(value: unknown): unknown {
  if (typeof value === 'bigint') return { long: String(value) } satisfies Tagged;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { number: Object.is(value, -0) ? '-0' : String(value) } satisfies Tagged;
  if (Array.isArray(value)) return value.map(tagged);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, tagged);
  return value ?? null;
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (typeof value !== 'object' || value === null) return value;
  if ('long' in value) return BigInt(value.long as string);
  return 'number' in value ? Number(value.number) : value;
}
