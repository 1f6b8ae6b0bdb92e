import { defineConnector } from '../../spec/connector.js';
import { datagenColumnOptions, datagenOptions } from './datagen-options.js';
import { createDatagenSource } from './datagen-source.js';

/** Random rows and sequences, at a given rate; Flink's `datagen`, with a seed. */
export const datagen = defineConnector({
  name: 'datagen',
  options: datagenOptions,
  format: 'none',
  mostRows: options => (options.has('number-of-rows') ? Number(options.get('number-of-rows')) : undefined),
  isEndless: options =>
    !options.has('number-of-rows') && ![...options].some(([key, value]) => key.endsWith('.kind') && value === 'sequence'),
  columnOptions: { prefix: 'fields.', options: datagenColumnOptions },
  createSource: createDatagenSource,
});
