import { z } from 'zod';
import { flag, integer, oneOf, option, text } from '../../../spec/option.js';
import { POOLINGS } from './pooling.js';

/** Options of models of texts. */
export const textOptions = z.object({
  'tokenizer-path': option(text().optional(), {
    doc: 'The `tokenizer.json` of a model of texts, or the folder that holds it; the one beside the model when absent. `none` lets columns feed token numbers.',
    aliases: ['tokenizer_path', 'tokenizer.path'],
  }),
  'max-length': option(integer({ min: 1, max: 1_048_576 }).optional(), {
    doc: 'Most tokens of a text, with the special ones; what is longer is cut. As the files beside the model say when absent, else 512.',
    aliases: ['max_length'],
  }),
  pooling: option(oneOf(...POOLINGS).optional(), {
    doc: 'How the vectors of tokens become an embedding; as `1_Pooling/config.json` says when absent, else `mean`. `none` gives all of them, as `ARRAY<ARRAY<FLOAT>>`.',
  }),
  normalize: option(flag().optional(), {
    doc: 'Whether an embedding is divided by its length; as `modules.json` says when absent, else true where it is pooled here.',
  }),
  'text-prefix': option(text().optional(), {
    doc: 'What stands before each text, such as `query: `.',
    aliases: ['text_prefix'],
  }),
});

export type TextOptions = z.output<typeof textOptions>;
