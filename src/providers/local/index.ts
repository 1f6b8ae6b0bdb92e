export { local } from './local-provider.js';
