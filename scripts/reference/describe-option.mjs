// What an option's declaration says: type, default, doc sentence and aliases. `src/spec/option.ts` is where options are declared.
import { formatDuration } from '../../dist/common/duration.js';
import { code } from './markdown.mjs';

const TYPES = { boolean: 'flag', 'memory-size': 'size' };

export function describeOption(key, schema) {
  const { description: doc, aliases = [] } = schema.meta() ?? {};
  if (!doc) throw new Error(`option "${key}" has no doc`);
  const format = formatOf(schema);
  const words = format.startsWith('enum:') ? format.slice('enum:'.length).split('|') : undefined;
  return { key, doc, aliases, type: words ? words.map(code).join(', ') : (TYPES[format] ?? format), fallback: fallbackOf(schema, format) };
}

/** Milliseconds as an option's value. */
export function durationText(ms) {
  return code(formatDuration(ms));
}

/** The innermost schema is the string that is written; it tells the format. */
function formatOf(schema) {
  const { def } = schema;
  const inner = def.type === 'pipe' ? def.in : def.innerType;
  return inner ? formatOf(inner) : (schema.meta()?.format ?? 'text');
}

function fallbackOf({ def }, format) {
  switch (def.type) {
    case 'prefault':
      return code(def.defaultValue);
    case 'default':
      return parsedText(def.defaultValue, format);
    case 'optional':
      return '';
    default:
      return 'required';
  }
}

/** `default` holds the parsed value; the page shows it as it would be written. */
function parsedText(value, format) {
  if (format === 'duration') return durationText(value);
  return code(format === 'memory-size' && value % 1_048_576 === 0 ? `${value / 1_048_576} mb` : String(value));
}
