export { triton } from './triton-provider.js';
export { tritonOptions, type TritonOptions } from './triton-options.js';
