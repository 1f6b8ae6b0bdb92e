import type { Batch } from '../../spec/batch.js';
import type { Model } from '../../spec/provider.js';

/** The state of a service that a contract test asks for. `conditionOptions` says them to the simulators. */
export type ServiceCondition =
  /** Answers every request, correctly. */
  | { readonly kind: 'normal' }
  /** Answers every request with this status and the body that the service sends with it. */
  | { readonly kind: 'status'; readonly status: number; readonly waits?: RetryHeaders }
  /** Takes longer to answer than the test waits. */
  | { readonly kind: 'slow' }
  /** Breaks every connection off. */
  | { readonly kind: 'reset' }
  /** Closes every connection in the middle of a body. */
  | { readonly kind: 'half-closed' }
  /** Answers every request with 200 and half of a body. */
  | { readonly kind: 'truncated' }
  /** Answers every request with 200 and no body. */
  | { readonly kind: 'empty' }
  /** Answers every request with 200 and the body of its 500. */
  | { readonly kind: 'error-body' }
  /** Answers every request with 200 and an HTML page. */
  | { readonly kind: 'html' }
  /** Answers every request with 200 and JSON that has none of the members it should. */
  | { readonly kind: 'unknown' }
  /** Answers every request with 401, and repeats the credentials in the body and in a header about limits. */
  | { readonly kind: 'leak' }
  /** Answers every request as the service does when the account has no money left. */
  | { readonly kind: 'out-of-quota' }
  /** Answers every request, and tells limits of 600 requests a minute and of tokens. */
  | { readonly kind: 'limited' };

/** The only headers of an answer that tell when to ask again. */
export interface RetryHeaders {
  readonly 'retry-after'?: string;
  readonly 'retry-after-ms'?: string;
}

/** A model on a fresh simulator of its service. */
export interface ServiceUnderTest {
  readonly model: Model;
  /** One call's worth of valid inputs, at least one row. */
  readonly inputs: Batch;
  /** The credential that the model was opened with; absent for providers without one. */
  readonly key?: string;
  /** Requests that have arrived at the simulator. */
  requests(): number;
  /** Requests that are being answered. */
  inFlight(): number;
  /** Body of the last request as text; needed for `rejection`. */
  lastBody?(): string;
  /** Tokens that the simulator has counted: a call of its own must report the same. */
  tokens?(): { readonly input: number; readonly output: number };
  /** Opens another model of the same service; needed for `quota` and `temperature`. It is not closed. */
  reopen?(variant: ModelVariant): Model | Promise<Model>;
  close(): Promise<void>;
}

/** How another model differs from the first. */
export interface ModelVariant {
  /** Its credential, which the service need not accept. */
  readonly key?: string;
  /** Options beside those of the first, as in the WITH clause. */
  readonly options?: Readonly<Record<string, string>>;
}

/** What a provider may be without. */
export type ContractFeature =
  | Exclude<ServiceCondition['kind'], 'normal' | 'status' | 'slow'>
  /** Waits in headers. */
  | 'retry-after'
  /** Token counts. */
  | 'usage'
  /** The service's id of a request. */
  | 'request-id'
  /** Several inputs in one request. */
  | 'many-inputs'
  /** Limits by endpoint, credential and model. */
  | 'quota'
  /** A second try that says what was wrong with the first. */
  | 'rejection'
  /** An option that decides whether equal inputs have equal answers. */
  | 'temperature';

export interface ProviderContract {
  /** Name of the provider, for the tests' names. */
  readonly name: string;
  /** What the model does: a language model is told rejections and has a temperature, an embedding is repeatable. */
  readonly task?: 'language-model' | 'embedding' | 'other';
  readonly open: (condition: ServiceCondition) => Promise<ServiceUnderTest>;
  /** What the service does not have, such as broken connections without a network. */
  readonly except?: readonly ContractFeature[];
}

/** The contract as its checks see it. */
export interface Contract {
  readonly name: string;
  readonly task: NonNullable<ProviderContract['task']>;
  has(feature: ContractFeature): boolean;
  /** Runs a check under a condition, with the service closed afterwards whatever happens. */
  under(condition: ServiceCondition, check: (service: ServiceUnderTest) => Promise<void>): Promise<void>;
}
