import { LEARNER_PARAMETERS_BYTES } from './read-legacy.js';

/** How an XGBoost model is written. `snapshot` is the binary memory snapshot of XGBoost before 1.6, which is not read. */
export type XgboostEncoding = 'json' | 'ubjson' | 'binary' | 'snapshot';

/** The names of which a model document has one at its top, early. */
const TOP_NAMES = ['learner', 'Model', 'Config', 'version'];

/**
 * How these first bytes of a file are written, if they are an XGBoost model.
 *
 * A JSON document is one where `"learner"` or, in a snapshot, `"Config"` or `"Model"` is the first name, or `"version"` with
 * `"learner"` behind it. The binary format has no signature in old files, but a known objective behind parameters of fixed size.
 */
export function encodingOf(head: Uint8Array): XgboostEncoding | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 4_096)).toString('latin1');
  if (text.startsWith('CONFIG-offset:')) return 'snapshot';
  if (text.startsWith('binf')) return 'binary';
  const json = /^\s*\{\s*"(\w+)"\s*:/.exec(text);
  if (json) return isTop(json[1]!, text) ? 'json' : undefined;
  if (text.startsWith('{')) return TOP_NAMES.some(name => text.startsWith(name, 10) || text.startsWith(name, 3)) ? 'ubjson' : undefined;
  return hasObjectiveAt(text, LEARNER_PARAMETERS_BYTES) ? 'binary' : undefined;
}

function isTop(name: string, text: string): boolean {
  if (name === 'version') return text.includes('"learner"');
  if (name === 'Config' || name === 'Model') return text.includes('"learner"');
  return name === 'learner';
}

function hasObjectiveAt(text: string, at: number): boolean {
  const length = text.charCodeAt(at);
  return (
    length >= 8 &&
    length < 64 &&
    text.slice(at + 1, at + 8) === '\0'.repeat(7) &&
    /^[a-z]+:[a-z]+$/.test(text.slice(at + 8, at + 8 + length))
  );
}
