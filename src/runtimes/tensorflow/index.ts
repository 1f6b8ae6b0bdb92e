export { tensorflow } from './tensorflow-runtime.js';
