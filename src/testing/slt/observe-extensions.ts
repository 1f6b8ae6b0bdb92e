import type { Extensions } from '../../session/extensions.js';
import type { Connector, LookupSource, Sink, Source } from '../../spec/connector.js';
import type { InferenceEngine } from '../../spec/inference-engine.js';
import type { Provider } from '../../spec/provider.js';
import type { Activity } from './activity.js';

/**
 * The same extensions, with what they do in real time counted as activity: calls of models, reads of bounded sources,
 * writes of sinks. An unbounded source waits for news in its reads, so those are not counted.
 */
export function observeExtensions(extensions: Extensions, activity: Activity): Extensions {
  return {
    ...extensions,
    connectors: mapLoaders(extensions.connectors, connector => observeConnector(connector, activity)),
    providers: mapLoaders(extensions.providers, provider => observeProvider(provider, activity)),
  };
}

type Loaders<T> = Readonly<Record<string, () => Promise<T>>>;

function mapLoaders<T>(loaders: Loaders<T>, change: (loaded: T) => T): Loaders<T> {
  return Object.fromEntries(Object.entries(loaders).map(([name, load]) => [name, async () => change(await load())]));
}

function observeProvider(provider: Provider, activity: Activity): Provider {
  return {
    ...provider,
    async openModel(context) {
      const model = await activity.track(() => provider.openModel(context));
      return {
        maxInputsPerCall: model.maxInputsPerCall,
        version: model.version,
        predict: (inputs, call) => activity.track(() => model.predict(inputs, call)),
        close: () => activity.track(async () => model.close?.()),
      };
    },
  };
}

function observeConnector(connector: Connector, activity: Activity): Connector {
  const { createSource, createSink, createOverwriteSink, createLookup, model } = connector;
  return {
    ...connector,
    ...(createSource && { createSource: async (table, format) => observeSource(await createSource(table, format), activity) }),
    ...(model && {
      model: { ...model, openEngine: async table => observeEngine(await activity.track(() => model.openEngine(table)), activity) },
    }),
    ...(createLookup && {
      createLookup: async (table, lookup, format) =>
        observeLookup(await activity.track(async () => createLookup(table, lookup, format)), activity),
    }),
    ...(createSink && { createSink: async (table, format) => observeSink(await createSink(table, format), activity) }),
    ...(createOverwriteSink && {
      createOverwriteSink: async (table, format) => observeSink(await createOverwriteSink(table, format), activity),
    }),
  };
}

/** The same engine, since connectors know their own; what it does from now on is counted. */
function observeEngine(engine: InferenceEngine, activity: Activity): InferenceEngine {
  const infer = engine.infer.bind(engine);
  const inferBatch = engine.inferBatch?.bind(engine);
  engine.infer = inputs => activity.track(() => infer(inputs));
  if (inferBatch) engine.inferBatch = (inputs, signal) => activity.track(() => inferBatch(inputs, signal));
  return engine;
}

function observeLookup(source: LookupSource, activity: Activity): LookupSource {
  const { maxKeys, async, maxRetries } = source;
  return {
    maxKeys,
    async,
    maxRetries,
    lookup: (keys, signal) => activity.track(() => source.lookup(keys, signal)),
    close: () => activity.track(async () => source.close?.()),
  };
}

function observeSource(source: Source, activity: Activity): Source {
  const isBounded = source.boundedness === 'bounded';
  const { discoveryIntervalMs } = source;
  return {
    boundedness: source.boundedness,
    willEnd: source.willEnd,
    changelogMode: source.changelogMode,
    ...(discoveryIntervalMs !== undefined && { discoveryIntervalMs }),
    listSplits: () => activity.track(() => source.listSplits()),
    async openReader(split, from) {
      const reader = await activity.track(() => source.openReader(split, from));
      return {
        read: limit => (isBounded ? activity.track(() => reader.read(limit)) : reader.read(limit)),
        close: () => activity.track(() => reader.close()),
      };
    },
    close: () => activity.track(async () => source.close?.()),
  };
}

function observeSink(sink: Sink, activity: Activity): Sink {
  return {
    changelogMode: sink.changelogMode,
    ...(sink.commit && { commit: committables => activity.track(() => sink.commit!(committables)) }),
    ...(sink.finish && { finish: committed => activity.track(() => sink.finish!(committed)) }),
    ...(sink.recover && { recover: committed => activity.track(() => sink.recover!(committed)) }),
    async openWriter(attempt) {
      const writer = await activity.track(() => sink.openWriter(attempt));
      return {
        write: batch => activity.track(() => writer.write(batch)),
        prepareCommit: () => activity.track(() => writer.prepareCommit()),
        flush: () => activity.track(async () => writer.flush?.()),
        close: () => activity.track(() => writer.close()),
      };
    },
  };
}
