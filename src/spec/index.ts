export * from './batch.js';
export * from './connector.js';
export * from './data-type.js';
export * from './format.js';
export * from './option.js';
export * from './predictor.js';
export * from './provider.js';
export * from './value-text.js';
