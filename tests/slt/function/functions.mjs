import { scalarFunction, tableFunction } from 'millrace';

export const shout = scalarFunction({ parameters: ['STRING'], returns: 'STRING', evaluate: text => `${text.toUpperCase()}!` });

export const half = scalarFunction({ parameters: ['BIGINT'], returns: 'BIGINT NOT NULL', evaluate: n => n / 2n });

export const label = scalarFunction({
  parameters: ['STRING', 'INT'],
  nulls: 'custom',
  returns: 'STRING NOT NULL',
  evaluate: (name, count) => `${name ?? 'nobody'}:${count ?? 'none'}`,
});

export const joined = scalarFunction({
  parameters: ['STRING', 'STRING'],
  variadic: true,
  returns: 'STRING',
  evaluate: (separator, ...parts) => (parts.length === 0 ? null : parts.join(separator)),
});

export const upper = scalarFunction({ parameters: ['STRING'], returns: 'STRING', evaluate: text => `own ${text}` });

/** Shows each type as JavaScript sees it, and hands it back. */
const same = type =>
  scalarFunction({
    parameters: [type],
    returns: `ROW<seen STRING, back ${type}>`,
    evaluate: value => ({ seen: seen(value), back: value }),
  });

function seen(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Map) return `map ${JSON.stringify([...value], text)}`;
  return JSON.stringify(value, text);
}

function text(_, value) {
  return typeof value === 'bigint' ? `${value}n` : value;
}

export const same_boolean = same('BOOLEAN');
export const same_int = same('INT');
export const same_bigint = same('BIGINT');
export const same_double = same('DOUBLE');
export const same_decimal = same('DECIMAL(38, 10)');
export const same_text = same('STRING');
export const same_bytes = same('BYTES');
export const same_date = same('DATE');
export const same_time = same('TIME(3)');
export const same_timestamp = same('TIMESTAMP(6)');
export const same_instant = same('TIMESTAMP_LTZ(3)');
export const same_array = same('ARRAY<BIGINT>');
export const same_map = same('MAP<STRING, INT>');
export const same_row = same('ROW<a INT, b ROW<c STRING>>');

/** What a function may give besides what it is given. */
export const from_date = scalarFunction({ parameters: ['BIGINT'], returns: 'TIMESTAMP_LTZ(3)', evaluate: ms => new Date(Number(ms)) });
export const from_number = scalarFunction({ parameters: ['DOUBLE'], returns: 'DECIMAL(10, 2)', evaluate: value => value });

export const too_large = scalarFunction({ parameters: ['INT'], returns: 'TINYINT', evaluate: value => value });
export const wrong = scalarFunction({ parameters: ['STRING'], returns: 'INT', evaluate: secret => secret });
export const empty = scalarFunction({ parameters: ['STRING'], returns: 'INT NOT NULL', evaluate: () => null });
export const thrower = scalarFunction({ parameters: ['STRING'], returns: 'STRING', evaluate: secret => JSON.parse(secret).member });
export const later = scalarFunction({ parameters: ['STRING'], returns: 'STRING', evaluate: value => Promise.resolve(value) });

let calls = 0;
export const counter = scalarFunction({ parameters: [], returns: 'INT NOT NULL', deterministic: false, evaluate: () => ++calls });

export const words = tableFunction({
  parameters: ['STRING'],
  columns: { word: 'STRING NOT NULL', length: 'INT' },
  *evaluate(sentence) {
    for (const word of sentence.split(' ')) if (word !== '') yield { word, length: word.length };
  },
});

/** Needs no import. */
export const plain = { parameters: ['INT'], returns: 'INT', evaluate: n => n + 1 };

export const bare = n => n + 1;
export const asynchronous = { parameters: ['INT'], returns: 'INT', evaluate: async n => n };
export const untyped = { parameters: ['INT'], evaluate: n => n };
export const mistyped = { parameters: ['IMT'], returns: 'INT', evaluate: n => n };
export const number = 7;
