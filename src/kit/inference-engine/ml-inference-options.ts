import { z } from 'zod';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import { modelFileAccess, modelFileOptions } from '../model-file/model-file-options.js';
import { duration, flag, integer, oneOf, option, secret, text } from '../../spec/option.js';

/** A number of minutes, as `cache.ttl-minutes` has it, or a duration. */
const minutes = z
  .string()
  .transform(written => (/^\s*\d+\s*$/.test(written) ? `${written.trim()} min` : written))
  .pipe(duration());

// A table has no way to change its model while rows flow.
const fileOptions = z.object(modelFileOptions).omit({ 'model.refresh-interval': true });

/** Options of `'connector' = 'ml-inference'`: those of the Otter reference, and what else says how a model file is reached. */
export const mlInferenceOptions = z.object({
  ...fileOptions.shape,
  'model.name': option(text(), { doc: "The model's name, as ml_score calls it." }),
  'model.path': option(text(), { doc: 'Where the model is: a path, or an address with s3a://, http:// or file://.' }),
  'model.format': option(
    oneOf('tensorflow-savedmodel', 'onnx', 'xgboost-json', 'xgboost-binary', 'pmml', 'pytorch-torchscript').prefault(
      'tensorflow-savedmodel',
    ),
    { doc: 'What the file is.' },
  ),
  'model.version': option(text().prefault('latest'), { doc: 'A note for logs and metrics.' }),
  'model.s3.endpoint': option(text().optional(), { doc: 'Address of an S3 service other than that of AWS, such as MinIO.' }),
  'model.s3.access-key': option(secret().optional(), { doc: 'Id of the S3 key.' }),
  'model.s3.secret-key': option(secret().optional(), { doc: 'The S3 key.' }),
  'model.s3.path-style': option(flag().prefault('true'), { doc: 'Whether the bucket stands in the path, as MinIO wants it.' }),
  'cache.enabled': option(flag().prefault('true'), { doc: 'Whether the model stays loaded between calls.' }),
  'cache.ttl': option(minutes.prefault('30 min'), {
    doc: 'How long a loaded model is kept after its last use; a plain number is minutes.',
    aliases: ['cache.ttl-minutes'],
  }),
  'batch.size': option(integer({ min: 1 }).prefault('1'), { doc: 'Most rows in one run of the model.' }),
  'async.enabled': option(flag().prefault('false'), { doc: 'Whether several runs may be under way at once.' }),
  'retry.max-attempts': option(integer({ min: 0 }).prefault('3'), { doc: 'Attempts after a failure that may pass.' }),
});

export type MlInferenceOptions = z.output<typeof mlInferenceOptions>;

/** What the options say about the way to the file, as the loader takes it. */
export function fileAccessOf(options: MlInferenceOptions): ModelFileAccess {
  const key = options['model.s3.access-key'];
  return modelFileAccess({ ...options, 'model.s3.access-key': key?.reveal(), 'model.refresh-interval': undefined });
}
