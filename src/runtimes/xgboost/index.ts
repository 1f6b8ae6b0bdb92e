export { xgboost } from './xgboost-runtime.js';
