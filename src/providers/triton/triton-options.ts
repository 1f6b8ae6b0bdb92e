import { z } from 'zod';
import { flag, integer, oneOf, option, secret, text } from '../../spec/option.js';
import { parseHeaders } from './custom-headers.js';

const headers = z
  .string()
  .meta({ format: 'secret' })
  .transform((value, context) => {
    const parsed = parseHeaders(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'expected a JSON object of strings, or names and values as "name: value, name: value"' });
    return z.NEVER;
  });

/** Options of `'provider' = 'triton'`, besides those of the inference runtime. */
export const tritonOptions = z.object({
  endpoint: option(text(), {
    doc: 'Base URL of a server that speaks the Open Inference Protocol v2 over HTTP; it may end in /v2 or /v2/models.',
    aliases: ['base_url', 'base-url', 'base.url'],
  }),
  model: option(text(), { doc: 'Name of the model on the server.', aliases: ['model_name', 'model-name', 'model.name'] }),
  'model-version': option(text().optional(), {
    doc: 'Version of the model on the server; the server chooses when absent or `latest`.',
    aliases: ['model_version', 'model.version'],
  }),
  binary: option(flag().optional(), {
    doc: 'Whether tensors travel as bytes and not as JSON; when absent, where the server lists the extension `binary_tensor_data`.',
    aliases: ['binary-data', 'binary_data'],
  }),
  'flatten-batch-dim': option(flag().default(false), {
    doc: 'Whether a request is one row whose tensors have no dimension that counts rows: an ARRAY of N values is [N], not [1, N].',
    aliases: ['flatten_batch_dim', 'flatten.batch.dim'],
  }),
  priority: option(integer({ min: 0, max: 255 }).optional(), { doc: "Priority of requests in the server's queue; 0 is the model's own." }),
  'sequence-id': option(text().optional(), {
    doc: 'The sequence that requests belong to, for models with state; a request is one row then.',
    aliases: ['sequence_id', 'sequence.id'],
  }),
  'sequence-start': option(flag().default(false), {
    doc: 'Whether each request starts its sequence.',
    aliases: ['sequence_start', 'sequence.start'],
  }),
  'sequence-end': option(flag().default(false), {
    doc: 'Whether each request ends its sequence.',
    aliases: ['sequence_end', 'sequence.end'],
  }),
  compression: option(oneOf('gzip').optional(), { doc: 'How request bodies are compressed; not at all when absent.' }),
  'auth-token': option(secret().optional(), { doc: 'Sent as a bearer token.', aliases: ['auth_token', 'auth.token'] }),
  'custom-headers': option(headers.optional(), {
    doc: 'Headers of every request: a JSON object, or `name: value` pairs separated by commas. The values are kept secret.',
    aliases: ['custom_headers', 'custom.headers'],
  }),
  'default-value': option(text().optional(), {
    doc: 'The answer of a row that no tensor can hold, such as one with NULL, or whose answer does not fit OUTPUT: a value of the only OUTPUT column, or `null`. Failed calls are the matter of on-error.',
    aliases: ['default_value', 'default.value'],
  }),
});

export type TritonOptions = z.output<typeof tritonOptions>;
