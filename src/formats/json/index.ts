export { json } from './json-format.js';
export type { JsonOptions } from './json-options.js';
