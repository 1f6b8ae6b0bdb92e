import type { Catalog } from '../catalog/catalog.js';
import type { ModelObject, Options } from '../catalog/objects.js';
import { MillraceError, MillraceErrors, toMillraceError } from '../common/error.js';
import type { OptionSpans, Span } from '../common/span.js';
import { canonicalKey, canonicalOptions, checkOptions, type GivenOptions, type OptionGroup } from '../config/read-options.js';
import { runtimeOptions } from '../inference/options.js';
import { sharedOptions } from '../loader/runtime-options.js';
import { SCORE_PROVIDER } from '../planner/binder/bind-score.js';
import type { ModelCallSite } from '../planner/logical/expression.js';
import type { ModelRuntime } from '../spec/model-runtime.js';
import { option, text } from '../spec/option.js';
import type { Provider } from '../spec/provider.js';
import { z } from 'zod';
import { absentModelOptions } from './absent-extensions.js';
import { overridden } from './change-options.js';
import { deadLetterOptions } from './dead-letter-target.js';
import { declaredExtension, loadExtension, type Extensions } from './extensions.js';
import { findFallback } from './fallback-model.js';

/** The keys that the session itself reads. */
export const modelOptions = z.object({
  provider: option(text(), { doc: 'Which provider reaches the model.' }),
  'fallback.model': option(text().optional(), {
    doc: 'Another model, with columns of the same types, that is asked for rows whose call failed for good.',
    aliases: ['fallback_model', 'fallback-model'],
  }),
});

export interface ModelDeclarationsInit {
  readonly extensions: Extensions;
  /** Where names in options are looked up. */
  readonly catalog: Catalog;
}

/** What the options of models mean, before any model is opened. */
export class ModelDeclarations {
  readonly #extensions: Extensions;
  readonly #catalog: Catalog;
  #runtimes: Promise<readonly ModelRuntime[]> | undefined;

  constructor({ extensions, catalog }: ModelDeclarationsInit) {
    this.#extensions = extensions;
    this.#catalog = catalog;
  }

  /** Checks the options of a model as far as the text tells. @throws {MillraceError | MillraceErrors} */
  async check(model: ModelObject, spans: OptionSpans): Promise<void> {
    const provider = await this.provider(model, { use: declaredExtension, spans });
    checkOptions(givenOf(model, model.options, spans), await this.groups(provider));
  }

  /** Checks the overrides of a call as far as the text tells. @throws {MillraceError | MillraceErrors} at the override, or at the call. */
  async checkCall({ model, config, configSpans, span }: ModelCallSite): Promise<void> {
    if (model.options.get('provider') === SCORE_PROVIDER) return;
    try {
      if (config.size > 0) {
        const provider = await this.provider(model, { use: declaredExtension });
        checkOptions(givenOf(model, overridden(model.options, config, await this.keyOf(model)), configSpans), await this.groups(provider));
      }
      await this.#checkFallbacks(model, config);
    } catch (thrown) {
      throw placedAtCall(thrown, span);
    }
  }

  /**
   * The options of a call by canonical key, as written: those of the call over those of its model.
   *
   * @throws {MillraceError | MillraceErrors} at the call, for unknown keys.
   */
  async valuesOf({ model, config, span }: ModelCallSite): Promise<ReadonlyMap<string, string>> {
    if (model.options.get('provider') === SCORE_PROVIDER) return new Map();
    try {
      const groups = await this.groups(await this.provider(model, { use: declaredExtension }));
      return canonicalOptions(
        givenOf(
          model,
          overridden(model.options, config, written => canonicalKey(written, groups)),
        ),
        groups,
      );
    } catch (thrown) {
      throw placedAtCall(thrown, span);
    }
  }

  /** Which option a key means in any of its spellings. */
  async keyOf(model: ModelObject): Promise<(written: string) => string> {
    const groups = await this.groups(await this.provider(model, { use: declaredExtension }));
    return written => canonicalKey(written, groups);
  }

  /** The options of a model with those of a call over them, by canonical key, as written. */
  async values(model: ModelObject, config: Options, provider: Provider): Promise<Map<string, string>> {
    const groups = await this.groups(provider);
    const canonical = (values: Options): Map<string, string> => canonicalOptions(givenOf(model, values), groups);
    return new Map([...canonical(model.options), ...canonical(config)]);
  }

  /** @throws {MillraceError} without a place. */
  async #checkFallbacks(model: ModelObject, config: Options): Promise<void> {
    const chain = [model];
    for (let overrides = config; ; overrides = new Map()) {
      const last = chain.at(-1)!;
      const provider = await this.provider(last, { use: declaredExtension });
      const name = (await this.values(last, overrides, provider)).get('fallback.model');
      if (name === undefined) return;
      chain.push(findFallback(name, chain, this.#catalog));
    }
  }

  /** @throws {MillraceError} `MISSING_OPTION`, `UNKNOWN_EXTENSION`, and with `loadExtension` `UNSUPPORTED`. */
  async provider(
    model: ModelObject,
    { use, spans }: { readonly use: typeof loadExtension; readonly spans?: OptionSpans },
  ): Promise<Provider> {
    const name = model.options.get('provider');
    if (name === undefined) {
      throw new MillraceError({
        code: 'MISSING_OPTION',
        message: `model "${model.name.object}" lacks the option "provider"`,
        notes: [{ message: `add 'provider' = 'openai', or one of ${Object.keys(this.#extensions.providers).join(', ')}` }],
      });
    }
    try {
      return await use(this.#extensions, 'providers', name);
    } catch (thrown) {
      const span = spans?.get('provider')?.value;
      throw span ? toMillraceError(thrown).at(span) : thrown;
    }
  }

  /** Those of the session first, in a fixed order; those of the runtimes last, for a provider that runs files. */
  async groups(provider: Provider): Promise<OptionGroup[]> {
    return [
      { schema: modelOptions },
      { schema: runtimeOptions },
      { schema: provider.options },
      { schema: absentModelOptions, unlisted: true },
      { schema: deadLetterOptions },
      ...(provider.runsFiles ? [{ schema: sharedOptions(await this.runtimes()) }] : []),
    ];
  }

  /** Those that there are, each loaded once. */
  runtimes(): Promise<readonly ModelRuntime[]> {
    return (this.#runtimes ??= Promise.all(Object.values(this.#extensions.runtimes).map(load => load())));
  }
}

/** What is wrong with the options of a model, at the call that it concerns. */
export function placedAtCall(thrown: unknown, span: Span): MillraceError | MillraceErrors {
  if (thrown instanceof MillraceErrors) return new MillraceErrors(thrown.errors.map(error => error.at(span)));
  const error = toMillraceError(thrown);
  return error.domain === 'user' ? error.at(span) : error;
}

/** The options of a model as somebody wrote them. */
export function givenOf(model: ModelObject, values: ReadonlyMap<string, string>, spans?: OptionSpans): GivenOptions {
  return { owner: `model "${model.name.object}"`, values, spans };
}
