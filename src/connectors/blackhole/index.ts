export { blackhole } from './blackhole-connector.js';
