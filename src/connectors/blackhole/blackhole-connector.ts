import { z } from 'zod';
import { defineConnector } from '../../spec/connector.js';

/** Takes rows and keeps nothing: for measuring everything before the sink. */
export const blackhole = defineConnector({
  name: 'blackhole',
  options: z.object({}),
  format: 'none',
  createSink: () => ({
    changelogMode: 'all',
    openWriter: () =>
      Promise.resolve({ write: () => undefined, prepareCommit: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
  }),
});
