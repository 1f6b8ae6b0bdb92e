export { print } from './print-connector.js';
