/** Numbers of a typed array in UBJSON. */
export type NumberArray = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array;

export interface DocumentObject {
  readonly [name: string]: DocumentValue;
}

/** What JSON and UBJSON files hold, before anybody knows that it is a model. Integers beyond 2^53 are bigints in UBJSON. */
export type DocumentValue = null | boolean | number | bigint | string | readonly DocumentValue[] | NumberArray | DocumentObject;

export function isNumberArray(value: DocumentValue): value is NumberArray {
  return ArrayBuffer.isView(value);
}

export function isDocumentObject(value: DocumentValue): value is DocumentObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumberArray(value);
}

/** Deepest nesting of arrays and objects; XGBoost's models need ten. */
export const MAX_DEPTH = 64;
