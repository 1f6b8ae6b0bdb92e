export { lightgbm } from './lightgbm-runtime.js';
