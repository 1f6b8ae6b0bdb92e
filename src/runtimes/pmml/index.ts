export { pmml } from './pmml-runtime.js';
