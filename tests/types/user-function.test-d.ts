import { scalarFunction, tableFunction, type AcceptedJsType, type JsTypeOf, type JsValue } from 'millrace';
import type { Equal, Expect } from './equal.js';

export type JsTypes = [
  Expect<Equal<JsTypeOf<'STRING'>, string>>,
  Expect<Equal<JsTypeOf<'varchar(10) NOT NULL'>, string>>,
  Expect<Equal<JsTypeOf<'INT'>, number>>,
  Expect<Equal<JsTypeOf<'BIGINT'>, bigint>>,
  Expect<Equal<JsTypeOf<'DECIMAL(10, 2)'>, string>>,
  Expect<Equal<JsTypeOf<'BOOLEAN'>, boolean>>,
  Expect<Equal<JsTypeOf<'BYTES'>, Uint8Array>>,
  Expect<Equal<JsTypeOf<'TIMESTAMP(3)'>, string>>,
  Expect<Equal<JsTypeOf<'TIMESTAMP_LTZ(3)'>, string>>,
  Expect<Equal<JsTypeOf<'ARRAY<INT>'>, readonly (number | null)[]>>,
  Expect<Equal<JsTypeOf<'ARRAY<ARRAY<BIGINT>>'>, readonly (readonly (bigint | null)[] | null)[]>>,
  Expect<Equal<JsTypeOf<'MAP<STRING, INT>'>, ReadonlyMap<JsValue, JsValue>>>,
  Expect<Equal<JsTypeOf<'ROW<a INT>'>, { readonly [field: string]: JsValue }>>,
  Expect<Equal<AcceptedJsType<'BIGINT'>, bigint | number>>,
  Expect<Equal<AcceptedJsType<'DECIMAL(10, 2)'>, string | number | bigint>>,
  Expect<Equal<AcceptedJsType<'TIMESTAMP_LTZ(3)'>, string | Date>>,
];

export const strict = scalarFunction({
  parameters: ['STRING', 'BIGINT'],
  returns: 'INT',
  evaluate: (text, count) => {
    const types: [Expect<Equal<typeof text, string>>, Expect<Equal<typeof count, bigint>>] = [true, true];
    return types.length;
  },
});

export const custom = scalarFunction({
  parameters: ['STRING'],
  returns: 'STRING',
  nulls: 'custom',
  evaluate: text => {
    const type: Expect<Equal<typeof text, string | null>> = true;
    return type ? text : null;
  },
});

export const variadic = scalarFunction({
  parameters: ['STRING', 'INT'],
  variadic: true,
  returns: 'STRING',
  evaluate: (first, ...rest) => {
    const type: Expect<Equal<typeof rest, number[]>> = true;
    return type ? first : null;
  },
});

export const words = tableFunction({
  parameters: ['STRING'],
  columns: { word: 'STRING', length: 'BIGINT' },
  evaluate: text => text.split(' ').map(word => ({ word, length: word.length })),
});

// @ts-expect-error a text is no INT
export const wrongResult = scalarFunction({ parameters: ['STRING'], returns: 'INT', evaluate: text => text });

// @ts-expect-error "length" is a number
export const wrongColumn = tableFunction({ parameters: [], columns: { length: 'INT' }, evaluate: () => [{ length: 'three' }] });

// @ts-expect-error an async function gives a promise
export const async = scalarFunction({ parameters: ['STRING'], returns: 'STRING', evaluate: async text => Promise.resolve(text) });
