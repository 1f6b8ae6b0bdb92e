import { MillraceError } from '../../../common/error.js';
import type { Activation } from './class-scores.js';
import type { Pooling } from './pooling.js';
import type { TextFolder } from './text-folder.js';
import type { TextOptions } from './text-options.js';
import type { TokenizerSpec } from './text-protocol.js';

const DEFAULT_MAX_LENGTH = 512;
/** transformers writes a huge number where there is no limit. */
const NO_LIMIT = 1_000_000;

/** Settings of the tokenizer: those of the options, else those of the files, as sentence-transformers and transformers read them. */
export function tokenizerSpec(folder: TextFolder, options: TextOptions, fixedLength: number | undefined): TokenizerSpec {
  const { tokenizerConfig, sentences } = folder;
  return {
    file: folder.tokenizer,
    config: tokenizerConfig ?? {},
    maxLength: maxLength(folder, options, fixedLength),
    truncationSide: tokenizerConfig?.truncation_side ?? 'right',
    lowercase: sentences?.do_lower_case ?? false,
    prefix: options['text-prefix'] ?? '',
  };
}

function maxLength(folder: TextFolder, options: TextOptions, fixedLength: number | undefined): number {
  const given = [folder.sentences?.max_seq_length, folder.tokenizerConfig?.model_max_length].find(
    limit => limit && limit > 0 && limit < NO_LIMIT,
  );
  const limits = [options['max-length'] ?? given ?? DEFAULT_MAX_LENGTH, mostPositions(folder), fixedLength];
  return limits.reduce<number>((least, limit) => Math.min(least, limit ?? Infinity), Infinity);
}

/** Families whose positions are counted on from the number of the padding token. */
const OFFSET_FAMILIES = new Set([
  'roberta',
  'xlm-roberta',
  'camembert',
  'mpnet',
  'longformer',
  'xlm-roberta-xl',
  'roberta-prelayernorm',
  'data2vec-text',
  'xmod',
  'ibert',
  'esm',
]);

/** How many tokens the model has positions for. */
function mostPositions({ config }: TextFolder): number | undefined {
  const positions = config?.max_position_embeddings;
  if (!positions || positions <= 0) return undefined;
  return OFFSET_FAMILIES.has(config.model_type ?? '') ? positions - (config.pad_token_id ?? 1) - 1 : positions;
}

/** The number of the padding token. */
export function padIdOf({ config, tokenizerConfig, tokenizer }: TextFolder): number {
  const token = tokenizerConfig?.pad_token;
  const text = typeof token === 'string' ? token : token?.content;
  if (text !== undefined) {
    const { added_tokens: added = [] } = JSON.parse(tokenizer) as { added_tokens?: { id?: unknown; content?: unknown }[] };
    const found = Array.isArray(added) ? added.find(each => each?.content === text)?.id : undefined;
    if (typeof found === 'number' && Number.isInteger(found) && found >= 0 && found < 2 ** 31) return found;
  }
  return config?.pad_token_id ?? 0;
}

export interface EmbeddingSettings {
  readonly pooling: Pooling;
  readonly normalize: boolean;
}

/** Names of modes, as newer files write them, and older ones as `pooling_mode_<name>`. */
const MODES: ReadonlyMap<string, Pooling> = new Map([
  ['mean', 'mean'],
  ['mean_tokens', 'mean'],
  ['cls', 'cls'],
  ['cls_token', 'cls'],
  ['max', 'max'],
  ['max_tokens', 'max'],
  ['lasttoken', 'last'],
  ['mean_sqrt_len_tokens', 'mean-sqrt-length'],
  ['weightedmean', 'weighted-mean'],
  ['weightedmean_tokens', 'weighted-mean'],
]);

/**
 * How an embedding is made of the vectors of tokens: by the options, else as the files say.
 *
 * @param isPooled whether the model itself gives one vector for a text.
 * @throws {MillraceError} `MODEL_LOAD` for what the files ask for and cannot be done here.
 */
export function embeddingSettings(folder: TextFolder, options: TextOptions, isPooled: boolean): EmbeddingSettings {
  const kinds = (folder.modules ?? []).map(({ type }) => type.slice(type.lastIndexOf('.') + 1));
  const foreign = kinds.filter(kind => !['Transformer', 'Pooling', 'Normalize', 'Dropout'].includes(kind));
  if (foreign.length > 0 && !isPooled) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `modules.json has the module ${foreign.join(', ')}, which is not in the ONNX file`,
      notes: [
        { message: 'export the whole model, so that it gives sentence_embedding: optimum-cli export onnx --library sentence_transformers' },
      ],
    });
  }
  const pooling = options.pooling ?? (isPooled ? 'mean' : poolingOf(folder));
  const defaultNormalize = isPooled || pooling === 'none' ? false : folder.modules === undefined || kinds.includes('Normalize');
  return { pooling, normalize: options.normalize ?? defaultNormalize };
}

function poolingOf({ pooling, path }: TextFolder): Pooling {
  if (pooling === undefined) return 'mean';
  const chosen = pooling.pooling_mode ?? Object.keys(pooling).filter(key => key.startsWith('pooling_mode_') && pooling[key] === true);
  const names = [chosen].flat().map(name => name.replace(/^pooling_mode_/, ''));
  const mode = names.length === 1 ? MODES.get(names[0]!) : undefined;
  if (mode !== undefined && pooling.include_prompt !== false) return mode;
  throw new MillraceError({
    code: 'MODEL_LOAD',
    message: `"${path}/1_Pooling/config.json" asks for ${mode === undefined ? `the pooling ${names.join(' and ') || 'of no mode'}` : 'a pooling without the prompt'}, which is not supported`,
    notes: [{ message: `set 'pooling' to one of ${[...new Set(MODES.values())].join(', ')}` }],
  });
}

/** What turns logits into scores, as pipelines of transformers and the CrossEncoder of sentence-transformers choose it. */
export function activationOf({ config }: TextFolder, width: number): Activation {
  if (config?.problem_type === 'regression') return 'identity';
  if (config?.problem_type === 'multi_label_classification') return 'sigmoid';
  if (width > 1) return 'softmax';
  const named = config?.sentence_transformers?.activation_fn ?? config?.sbert_ce_default_activation_function;
  return named?.endsWith('.Identity') ? 'identity' : 'sigmoid';
}

/** The labels of the classes, as transformers names them where the file has none. */
export function labelsOf({ config }: TextFolder, width: number): string[] {
  const labels = config?.id2label ?? {};
  return Array.from({ length: width }, (_, i) => (Object.hasOwn(labels, i) ? labels[i]! : `LABEL_${i}`));
}
