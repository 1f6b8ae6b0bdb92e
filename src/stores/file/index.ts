export { file } from './file-store.js';
