import { z } from 'zod';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import { duration, flag, list, memorySize, option, secret, text } from '../../spec/option.js';

const SHA256 = /^[0-9a-f]{64}$/;

/** The options of everything that opens model files: where they are, what they must be, when they are looked at again. */
export const modelFileOptions = {
  'model.sha256': option(
    text()
      .transform(value => value.trim().toLowerCase())
      .refine(value => SHA256.test(value), 'expected 64 hexadecimal digits')
      .optional(),
    {
      doc: 'SHA-256 that the model file must have; of a folder, that of the output of `sha256sum` over its files, sorted by path.',
      aliases: ['model_sha256', 'model-sha256'],
    },
  ),
  'model.max-bytes': option(memorySize().prefault('4 gb'), {
    doc: 'Largest model that is loaded, all files of a folder together.',
    aliases: ['model_max_bytes', 'model-max-bytes'],
  }),
  'model.load-timeout': option(duration().prefault('10 min'), {
    doc: 'How long it may take to fetch a model.',
    aliases: ['model_load_timeout', 'model-load-timeout'],
  }),
  'model.refresh-interval': option(
    duration()
      .refine(ms => ms >= 10, 'expected at least 10 ms')
      .optional(),
    {
      doc: 'How often to look for a new version while the job runs; the model is looked at when the job starts only, when absent.',
      aliases: ['model_refresh_interval', 'model-refresh-interval'],
    },
  ),
  'model.allow-private-redirects': option(flag().prefault('false'), {
    doc: 'Whether a public host may redirect to a private or loopback address.',
    aliases: ['model_allow_private_redirects', 'model-allow-private-redirects'],
  }),
  'model.http.bearer-token': option(secret().optional(), {
    doc: 'Sent to the host of an `http://` or `https://` model, and to no other that it redirects to.',
    aliases: ['model_http_bearer_token', 'model-http-bearer-token'],
  }),
  'model.s3.endpoint': option(text().optional(), {
    doc: 'Base URL of a service that speaks S3, such as MinIO; AWS when absent.',
    aliases: ['model_s3_endpoint', 'model-s3-endpoint'],
  }),
  'model.s3.region': option(text().optional(), {
    doc: 'Region of the bucket; `us-east-1`, or the one that S3 names, when absent.',
    aliases: ['model_s3_region', 'model-s3-region'],
  }),
  'model.s3.access-key': option(text().optional(), {
    doc: 'Access key id; when absent, keys are found where tools of AWS look for them.',
    aliases: ['model_s3_access_key', 'model-s3-access-key'],
  }),
  'model.s3.secret-key': option(secret().optional(), {
    doc: 'Secret access key.',
    aliases: ['model_s3_secret_key', 'model-s3-secret-key'],
  }),
  'model.s3.session-token': option(secret().optional(), {
    doc: 'Token of keys that expire.',
    aliases: ['model_s3_session_token', 'model-s3-session-token'],
  }),
  'model.s3.path-style': option(flag().optional(), {
    doc: 'Whether the bucket stands in the path of requests, not in the host name; `true` with an endpoint, else `false`.',
    aliases: ['model_s3_path_style', 'model-s3-path-style'],
  }),
  'model.s3.anonymous': option(flag().prefault('false'), {
    doc: 'Whether requests are not signed, for public buckets.',
    aliases: ['model_s3_anonymous', 'model-s3-anonymous'],
  }),
  'model.hdfs.endpoint': option(list().optional(), {
    doc: 'Base URLs of WebHDFS or HttpFS, such as `http://namenode:9870`; several where a name node stands by. Made from the host of the address, with port 9870, when absent.',
    aliases: ['model_hdfs_endpoint', 'model-hdfs-endpoint'],
  }),
  'model.hdfs.user': option(text().optional(), {
    doc: 'User whom HDFS is asked as, where it takes names on trust.',
    aliases: ['model_hdfs_user', 'model-hdfs-user'],
  }),
  'model.hdfs.delegation-token': option(secret().optional(), {
    doc: 'Delegation token of a cluster that asks for Kerberos.',
    aliases: ['model_hdfs_delegation_token', 'model-hdfs-delegation-token'],
  }),
};

const schema = z.object(modelFileOptions);
export type ModelFileOptions = z.output<typeof schema>;

/** What the options say, as the loader takes it. */
export function modelFileAccess(options: ModelFileOptions): ModelFileAccess {
  return {
    s3: {
      endpoint: options['model.s3.endpoint'],
      region: options['model.s3.region'],
      accessKeyId: options['model.s3.access-key'],
      secretAccessKey: options['model.s3.secret-key'],
      sessionToken: options['model.s3.session-token'],
      pathStyle: options['model.s3.path-style'],
      isAnonymous: options['model.s3.anonymous'],
    },
    hdfs: {
      endpoints: options['model.hdfs.endpoint'],
      user: options['model.hdfs.user'],
      delegationToken: options['model.hdfs.delegation-token'],
    },
    bearerToken: options['model.http.bearer-token'],
    sha256: options['model.sha256'],
    maxBytes: options['model.max-bytes'],
    loadTimeoutMs: options['model.load-timeout'],
    allowPrivateRedirects: options['model.allow-private-redirects'],
    refreshIntervalMs: options['model.refresh-interval'],
  };
}

/** What holds where nobody sets an option. */
export const DEFAULT_MODEL_FILE_ACCESS: ModelFileAccess = modelFileAccess(schema.parse({}));
