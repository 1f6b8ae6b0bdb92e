export { onnx } from './onnx-runtime.js';
