export { mock } from './mock-provider.js';
export { mockOptions, type MockOptions } from './mock-options.js';
