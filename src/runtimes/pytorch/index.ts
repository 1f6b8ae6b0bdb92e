export { pytorch } from './pytorch-runtime.js';
