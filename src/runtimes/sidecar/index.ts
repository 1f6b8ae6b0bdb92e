export { sidecar } from './sidecar-runtime.js';
