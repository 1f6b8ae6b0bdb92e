import type { Secret } from './option.js';

/** How to reach an S3 bucket. */
export interface S3Access {
  /** Base URL of a service that speaks S3, such as MinIO; AWS's own when absent. */
  readonly endpoint?: string | undefined;
  /** `us-east-1`, or the one that the service names, when absent. */
  readonly region?: string | undefined;
  /** With `secretAccessKey`; the keys of the process when both are absent. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: Secret | undefined;
  readonly sessionToken?: Secret | undefined;
  /** Whether the bucket stands in the path and not in the host name; yes with an `endpoint` and no without when absent. */
  readonly pathStyle?: boolean | undefined;
  /** Whether requests are sent without a signature, for public buckets. */
  readonly isAnonymous?: boolean | undefined;
}

/** How to reach HDFS by its REST interface. */
export interface HdfsAccess {
  /** Base URLs of WebHDFS or HttpFS, the active name node among them; empty to make it from the address. */
  readonly endpoints?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly delegationToken?: Secret | undefined;
}

/** How a model file is reached, checked and kept. */
export interface ModelFileAccess {
  readonly s3: S3Access;
  readonly hdfs: HdfsAccess;
  /** Sent as `authorization: Bearer` to the first host of an http address, and to no other. */
  readonly bearerToken?: Secret | undefined;
  /** What the content must hash to, as 64 hexadecimal digits in lower case. */
  readonly sha256?: string | undefined;
  /** Most bytes of the model. */
  readonly maxBytes: number;
  /** Most milliseconds from the first request to a model that is ready. */
  readonly loadTimeoutMs: number;
  /** Whether an answer of a public host may send the loader to a private one. */
  readonly allowPrivateRedirects: boolean;
  /** Milliseconds between two looks whether the model has changed; it is looked at once when absent. */
  readonly refreshIntervalMs?: number | undefined;
}
