export { mlInference } from './ml-inference-connector.js';
