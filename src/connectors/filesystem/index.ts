export { filesystem } from './filesystem-connector.js';
export type { FilesystemOptions } from './filesystem-options.js';
