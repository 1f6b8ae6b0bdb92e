import { operator, type OperatorContext } from '../execute/operator.js';
import { NONE, tupleOf } from '../execute/value.js';
import { isFloat } from '../graph/dtype.js';
import { fixedSize } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { gelu, relu } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { linear, matmul } from './linear.js';
import { layerNorm } from './normalization.js';
import { meanOf, reduce } from './reduction.js';
import { softmax } from './softmax.js';
import type { OperatorTable } from './table.js';

const { add, mul } = arithmetic;

const MAX_MASK = 16_000_000;

/** Weights of a row of scores; 0 where all of them are masked, as PyTorch has it since 2.5. */
function safeSoftmax(context: OperatorContext, scores: GraphTensor): GraphTensor {
  const { emitter } = context;
  const last = scores.shape.length - 1;
  const isMasked = emitter.binary('Equal', scores, emitter.scalar(scores.dtype, -Infinity), 'bool');
  const allMasked = emitter.cast(
    reduce(context, emitter.cast(isMasked, 'int32'), { opType: 'ReduceMin', axes: [last], keep: true }),
    'bool',
  );
  return emitter.where(allMasked, emitter.scalar(scores.dtype, 0), softmax(context, scores, last, 'Softmax'));
}

function transposeLast({ emitter }: OperatorContext, x: GraphTensor): GraphTensor {
  const rank = x.shape.length;
  return emitter.transpose(x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
}

/** Hides the scores where a mask of truth values is false, or adds a mask of numbers. */
function withMask({ emitter }: OperatorContext, scores: GraphTensor, mask: GraphTensor): GraphTensor {
  if (mask.dtype === 'bool') return emitter.where(mask, scores, emitter.scalar(scores.dtype, -Infinity));
  return emitter.binary('Add', scores, emitter.cast(mask, scores.dtype));
}

const attention = operator(
  'query:T key:T value:T attn_mask:T?=None dropout_p:num=0 is_causal:bool=False scale:num?=None enable_gqa:bool=False',
  (context, given) => {
    const { emitter } = context;
    const [query, key, value] = [given.tensor('query'), given.tensor('key'), given.tensor('value')];
    if (!isFloat(query.dtype)) throw unsupported('attention of integers');
    if (given.number('dropout_p') > 0) throw unsupported('attention with dropout');
    if (given.bool('enable_gqa')) throw unsupported('attention with grouped queries');
    const width = fixedSize(query.shape.at(-1));
    // Both factors are scaled by the root, as PyTorch does it, so that large products do not overflow.
    const root = emitter.scalar(query.dtype, Math.sqrt(given.optionalNumber('scale') ?? 1 / Math.sqrt(width)));
    let scores = matmul(context, mul(context, query, root), transposeLast(context, mul(context, key, root)));
    if (given.bool('is_causal'))
      scores = withMask(context, scores, causalMask(context, fixedSize(query.shape.at(-2)), fixedSize(key.shape.at(-2))));
    const mask = given.optionalTensor('attn_mask');
    if (mask === undefined) return context.tensor(matmul(context, softmax(context, scores, -1, 'Softmax'), value));
    return context.tensor(matmul(context, safeSoftmax(context, withMask(context, scores, mask)), value));
  },
);

function causalMask({ emitter }: OperatorContext, queries: number, keys: number): GraphTensor {
  if (queries * keys > MAX_MASK) throw unsupported(`a causal mask of ${queries} × ${keys}`);
  const values = Array.from({ length: queries * keys }, (_, i) => Number(i % keys <= Math.floor(i / keys)));
  return { name: emitter.builder.numbers('bool', [queries, keys], values), dtype: 'bool', shape: [queries, keys] };
}

interface Heads {
  readonly count: number;
  readonly projection: { readonly weight: GraphTensor; readonly bias: GraphTensor | undefined };
  readonly output: { readonly weight: GraphTensor; readonly bias: GraphTensor | undefined };
  /** True where a key is hidden. */
  readonly mask: GraphTensor | undefined;
}

interface Attended {
  readonly output: GraphTensor;
  /** `[rows, heads, length, length]` */
  readonly weights: GraphTensor;
}

/** Attention of a sequence to itself: `x` is `[rows, length, width]`. */
function selfAttention(context: OperatorContext, x: GraphTensor, { count, projection, output, mask }: Heads): Attended {
  const { emitter } = context;
  const [rows, length] = x.shape as [GraphTensor['shape'][number], number];
  const width = fixedSize(x.shape[2]);
  const each = width / count;
  const joined = linear(context, x, projection.weight, projection.bias);
  const [query, key, value] = [0, 1, 2].map(part => {
    const own = emitter.slice(joined, { axis: 2, start: part * width, end: (part + 1) * width });
    return emitter.transpose(emitter.reshape(own, [rows, length, count, each]), [0, 2, 1, 3]);
  }) as [GraphTensor, GraphTensor, GraphTensor];
  const scaled = mul(context, query, emitter.scalar(x.dtype, 1 / Math.sqrt(each)));
  const scores = matmul(context, scaled, transposeLast(context, key));
  const weights = mask === undefined ? softmax(context, scores, -1, 'Softmax') : safeSoftmax(context, hide(context, scores, mask));
  const mixed = emitter.transpose(matmul(context, weights, value), [0, 2, 1, 3]);
  return { output: linear(context, emitter.reshape(mixed, [rows, length, width]), output.weight, output.bias), weights };
}

function hide(context: OperatorContext, scores: GraphTensor, mask: GraphTensor): GraphTensor {
  const { emitter } = context;
  if (mask.dtype !== 'bool') return emitter.binary('Add', scores, emitter.cast(mask, scores.dtype));
  return emitter.where(mask, emitter.scalar(scores.dtype, -Infinity), scores);
}

/** A mask of the sequence `[length, length]`, of keys `[rows, length]`, or of both with heads, by its kind. */
function maskOf({ emitter }: OperatorContext, mask: GraphTensor | undefined, kind: number | undefined): GraphTensor | undefined {
  if (mask === undefined || kind !== 1) return mask;
  return emitter.unsqueeze(emitter.unsqueeze(mask, 1), 1);
}

const encoderLayer = operator(
  'src:T embed_dim:int num_heads:int qkv_weight:T qkv_bias:T proj_weight:T proj_bias:T use_gelu:bool norm_first:bool eps:num norm_weight_1:T norm_bias_1:T norm_weight_2:T norm_bias_2:T ffn_weight_1:T ffn_bias_1:T ffn_weight_2:T ffn_bias_2:T mask:T?=None mask_type:int?=None',
  (context, given) => {
    const x = given.tensor('src');
    if (x.shape.length !== 3) throw unsupported('a transformer layer of a row without its batch dimension');
    const heads: Heads = {
      count: given.int('num_heads'),
      projection: { weight: given.tensor('qkv_weight'), bias: given.tensor('qkv_bias') },
      output: { weight: given.tensor('proj_weight'), bias: given.tensor('proj_bias') },
      mask: maskOf(context, given.optionalTensor('mask'), given.optionalInt('mask_type')),
    };
    const normalize = (value: GraphTensor, which: 1 | 2): GraphTensor =>
      layerNorm(context, value, {
        sizes: [given.int('embed_dim')],
        weight: given.tensor(`norm_weight_${which}`),
        bias: given.tensor(`norm_bias_${which}`),
        eps: given.number('eps'),
      });
    const feedForward = (value: GraphTensor): GraphTensor => {
      const inner = linear(context, value, given.tensor('ffn_weight_1'), given.tensor('ffn_bias_1'));
      const active = given.bool('use_gelu') ? gelu(context, inner, 'none') : relu(context, inner);
      return linear(context, active, given.tensor('ffn_weight_2'), given.tensor('ffn_bias_2'));
    };
    if (given.bool('norm_first')) {
      const attended = add(context, x, selfAttention(context, normalize(x, 1), heads).output);
      return context.tensor(add(context, attended, feedForward(normalize(attended, 2))));
    }
    const attended = normalize(add(context, x, selfAttention(context, x, heads).output), 1);
    return context.tensor(normalize(add(context, attended, feedForward(attended)), 2));
  },
);

const multiHead = operator(
  'query:T key:T value:T embed_dim:int num_head:int qkv_weight:T qkv_bias:T proj_weight:T proj_bias:T mask:T?=None need_weights:bool=True average_attn_weights:bool=True mask_type:int?=None',
  (context, given) => {
    const query = given.tensor('query');
    if (query !== given.tensor('key') || query !== given.tensor('value'))
      throw unsupported('attention to another sequence in one operation');
    const heads: Heads = {
      count: given.int('num_head'),
      projection: { weight: given.tensor('qkv_weight'), bias: given.tensor('qkv_bias') },
      output: { weight: given.tensor('proj_weight'), bias: given.tensor('proj_bias') },
      mask: maskOf(context, given.optionalTensor('mask'), given.optionalInt('mask_type')),
    };
    const { output, weights } = selfAttention(context, query, heads);
    if (!given.bool('need_weights')) return tupleOf([context.tensor(output), NONE]);
    const shown = given.bool('average_attn_weights') ? meanOf(context, weights, [1], false) : weights;
    return tupleOf([context.tensor(output), context.tensor(shown)]);
  },
);

/** Attention, and the layers that PyTorch runs as one operation in evaluation. */
export const ATTENTION: OperatorTable = {
  'aten::scaled_dot_product_attention': attention,
  'aten::_transformer_encoder_layer_fwd': encoderLayer,
  'aten::_native_multi_head_attention': multiHead,
};
