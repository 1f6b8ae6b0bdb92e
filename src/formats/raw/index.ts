export { raw } from './raw-format.js';
