export { datagen } from './datagen-connector.js';
export type { DatagenColumnOptions, DatagenOptions } from './datagen-options.js';
