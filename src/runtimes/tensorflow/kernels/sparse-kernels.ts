import { allocate, countOf, numbersOf, tensorOf, type Tensor } from '../model/tensor.js';
import { sparseCross } from './sparse-cross.js';
import { axisOf, stridesOf, type Kernel } from './kernel.js';

/** Most parts of a partition. */
const MAX_PARTS = 10_000;

/** Rows of a matrix of integers. */
function rowsOf(indices: Tensor): number[][] {
  const width = indices.shape[1] ?? 1;
  const flat = numbersOf(indices);
  return Array.from({ length: indices.shape[0] ?? 0 }, (_, i) => flat.slice(i * width, (i + 1) * width));
}

/** Values once each, in the order in which they first come, and for each its number. */
const unique: Kernel = ([a], attributes) => {
  const numbers = new Map<unknown, number>();
  const places = Array.from(a!.data as ArrayLike<unknown>, value => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    return numbers.size - 1;
  });
  const values = [...numbers.keys()] as (number | bigint | string)[];
  return [tensorOf(a!.element, [values.length], values), tensorOf(attributes.element('out_idx', 'int32') ?? 'int32', a!.shape, places)];
};

const sparseReshape: Kernel = ([indices, from, to]) => {
  const shape = numbersOf(from!);
  const wanted = numbersOf(to!);
  const total = countOf(shape);
  const known = countOf(wanted.filter(size => size >= 0));
  const target = wanted.map(size => (size >= 0 ? size : known === 0 ? 0 : total / known));
  if (countOf(target) !== total) throw new RangeError(`[${shape.join(', ')}] cannot become [${wanted.join(', ')}]`);
  const own = stridesOf(shape);
  const strides = stridesOf(target);
  const moved = rowsOf(indices!).flatMap(row => {
    const at = row.reduce((sum, index, axis) => sum + index * own[axis]!, 0);
    return strides.map((stride, axis) => Math.floor(at / stride) % target[axis]!);
  });
  return [tensorOf('int64', [indices!.shape[0]!, target.length], moved), tensorOf('int64', [target.length], target)];
};

/** Each row without an entry gets one, with the default, in its first column. */
const fillEmptyRows: Kernel = ([indices, values, shape, otherwise]) => {
  const rows = numbersOf(shape!)[0]!;
  const entries = rowsOf(indices!).map((row, i) => ({ row, value: values!.data[i]! as number, from: i }));
  const isEmpty = (allocate('bool', [rows]).data as Uint8Array).fill(1);
  for (const { row } of entries) {
    if (row[0]! >= rows || row[0]! < 0) throw new RangeError('an entry beyond the rows');
    isEmpty[row[0]!] = 0;
  }
  const rank = indices!.shape[1]!;
  const added = Array.from(isEmpty).flatMap((empty, i) =>
    empty === 1 ? [{ row: [i, ...Array.from({ length: rank - 1 }, () => 0)], value: otherwise!.data[0] as number, from: -1 }] : [],
  );
  const all = [...entries, ...added]
    .map((entry, order) => ({ ...entry, order }))
    .toSorted((a, b) => a.row[0]! - b.row[0]! || a.order - b.order);
  const back = new BigInt64Array(entries.length);
  all.forEach(({ from }, i) => {
    if (from >= 0) back[from] = BigInt(i);
  });
  return [
    tensorOf(
      'int64',
      [all.length, rank],
      all.flatMap(({ row }) => row),
    ),
    tensorOf(
      values!.element,
      [all.length],
      all.map(({ value }) => value),
    ),
    { element: 'bool', shape: [rows], data: isEmpty },
    { element: 'int64', shape: [entries.length], data: back },
  ];
};

/** Sums of rows of `data` by segment, in floats as TensorFlow adds them. */
const sparseSegment =
  (finish: (count: number) => number): Kernel =>
  ([data, indices, segments, count]) => {
    const at = numbersOf(indices!);
    const ids = numbersOf(segments!);
    const size = data!.shape[0]!;
    const width = countOf(data!.shape.slice(1));
    const total = count === undefined ? (ids.length === 0 ? 0 : ids.at(-1)! + 1) : numbersOf(count)[0]!;
    const result = allocate(data!.element, [total, ...data!.shape.slice(1)]);
    const sums = result.data as Float32Array;
    const counts = new Uint32Array(total);
    ids.forEach((id, i) => {
      if (at[i]! < 0 || at[i]! >= size || id < 0 || id >= total) throw new RangeError('an index beyond its tensor');
      counts[id]! += 1;
      for (let j = 0; j < width; j += 1) sums[id * width + j]! += data!.data[at[i]! * width + j] as number;
    });
    counts.forEach((many, id) => {
      const divisor = finish(many);
      if (many > 0 && divisor !== 1) for (let j = 0; j < width; j += 1) sums[id * width + j]! /= divisor;
    });
    return [result];
  };

/** Sums of rows by segment; `data` has a row for each id. */
const segmentSum: Kernel = ([data, segments, count], attributes) =>
  sparseSegment(() => 1)(
    [
      data!,
      tensorOf(
        'int64',
        [data!.shape[0]!],
        Array.from({ length: data!.shape[0]! }, (_, i) => i),
      ),
      segments!,
      ...(count ? [count] : []),
    ],
    attributes,
  );

const sparseToDense: Kernel = ([indices, shape, values, otherwise]) => {
  const sizes = numbersOf(shape!);
  const result = allocate(values!.element, sizes);
  (result.data as Float32Array).fill(otherwise!.data[0] as never);
  const strides = stridesOf(sizes);
  const data = result.data as { [index: number]: unknown };
  const width = sizes.length;
  const flat = numbersOf(indices!);
  const count = indices!.shape.length === 0 ? 1 : indices!.shape[0]!;
  for (let i = 0; i < count; i += 1) {
    let at = 0;
    for (let axis = 0; axis < width; axis += 1) {
      const index = flat[i * width + axis]!;
      if (index < 0 || index >= sizes[axis]!) throw new RangeError('an index beyond its tensor');
      at += index * strides[axis]!;
    }
    data[at] = values!.shape.length === 0 ? values!.data[0] : values!.data[i];
  }
  return [result];
};

/** Values at positions of zeros, which add up where positions are equal. */
const scatterNd: Kernel = ([indices, updates, shape]) => {
  const sizes = numbersOf(shape!);
  const depth = indices!.shape.at(-1)!;
  const result = allocate(updates!.element, sizes);
  const data = result.data as { [index: number]: number | bigint };
  const strides = stridesOf(sizes);
  const width = countOf(sizes.slice(depth));
  const flat = numbersOf(indices!);
  const count = countOf(indices!.shape.slice(0, -1));
  for (let i = 0; i < count; i += 1) {
    let at = 0;
    for (let axis = 0; axis < depth; axis += 1) {
      const index = flat[i * depth + axis]!;
      if (index < 0 || index >= sizes[axis]!) throw new RangeError('an index beyond its tensor');
      at += index * strides[axis]!;
    }
    for (let j = 0; j < width; j += 1) data[at + j] = (data[at + j] as number) + (updates!.data[i * width + j] as number);
  }
  return [result];
};

/** Values that stand in the first list only, with their places. */
const listDiff: Kernel = ([a, b], attributes) => {
  const other = new Set<unknown>(Array.from(b!.data as ArrayLike<unknown>));
  const kept = Array.from(a!.data as ArrayLike<number | bigint | string>, (value, i) => ({ value, i })).filter(
    ({ value }) => !other.has(value),
  );
  return [
    tensorOf(
      a!.element,
      [kept.length],
      kept.map(({ value }) => value),
    ),
    tensorOf(
      attributes.element('out_idx', 'int32') ?? 'int32',
      [kept.length],
      kept.map(({ i }) => i),
    ),
  ];
};

const cumsum: Kernel = ([a, axis], attributes) => {
  const own = axisOf(numbersOf(axis!)[0]!, a!.shape.length);
  const [isExclusive, isReverse] = [attributes.bool('exclusive', false), attributes.bool('reverse', false)];
  const result = allocate(a!.element, a!.shape);
  const data = result.data as { [index: number]: number | bigint };
  const size = a!.shape[own]!;
  const inner = countOf(a!.shape.slice(own + 1));
  const zero = a!.element === 'int64' || a!.element === 'uint64' ? 0n : 0;
  for (let start = 0; start < a!.data.length; start += size * inner)
    for (let j = 0; j < inner; j += 1) {
      let sum: number | bigint = zero;
      for (let step = 0; step < size; step += 1) {
        const at = start + (isReverse ? size - 1 - step : step) * inner + j;
        const next: number | bigint = (sum as number) + (a!.data[at] as number);
        data[at] = isExclusive ? sum : next;
        sum = next;
      }
    }
  return [result];
};

/** Counts of values below `size`, of a vector or of each row of a matrix. */
const denseBincount: Kernel = ([a, size, weights], attributes) => {
  const bins = numbersOf(size!)[0]!;
  const rows = a!.shape.length === 2 ? a!.shape[0]! : 1;
  const width = a!.shape.at(-1) ?? 1;
  const result = allocate(weights!.element, a!.shape.length === 2 ? [rows, bins] : [bins]);
  const data = result.data as { [index: number]: number | bigint };
  const isBinary = attributes.bool('binary_output', false);
  const own = weights!.data.length > 0 && !isBinary;
  const isBig = weights!.element === 'int64';
  numbersOf(a!).forEach((value, i) => {
    if (value < 0) throw new RangeError('a negative value is not counted');
    if (value >= bins) return;
    const at = Math.floor(i / width) * bins + value;
    const step = own ? weights!.data[i]! : isBig ? 1n : 1;
    data[at] = isBinary ? (isBig ? 1n : 1) : (data[at] as number) + (step as number);
  });
  return [result];
};

/** A ragged matrix with `otherwise` where its rows end. */
const raggedToTensor: Kernel = ([shape, values, otherwise, ...partitions], attributes) => {
  const types = attributes.texts('row_partition_types');
  const wanted = shape!.shape.length === 0 ? [] : numbersOf(shape!);
  const lengths = rowLengths(types, partitions);
  const inner = values!.shape.slice(1);
  const width = countOf(inner);
  const rows = wanted[0] === undefined || wanted[0] < 0 ? lengths.length : wanted[0];
  const columns = wanted[1] === undefined || wanted[1] < 0 ? lengths.reduce((most, length) => Math.max(most, length), 0) : wanted[1];
  const result = allocate(values!.element, [rows, columns, ...inner]);
  (result.data as Float32Array).fill(otherwise!.data[0] as never);
  const data = result.data as { [index: number]: unknown };
  let start = 0;
  lengths.forEach((length, row) => {
    if (row < rows)
      for (let j = 0; j < Math.min(length, columns) * width; j += 1) data[row * columns * width + j] = values!.data[start * width + j];
    start += length;
  });
  return [result];
};

function rowLengths(types: readonly string[], partitions: readonly Tensor[]): number[] {
  if (types.join() === 'ROW_SPLITS') {
    const splits = numbersOf(partitions[0]!);
    return splits.slice(1).map((end, i) => end - splits[i]!);
  }
  if (types.join() !== 'FIRST_DIM_SIZE,VALUE_ROWIDS') throw new Error('of a tensor that is ragged in several ways');
  const lengths = Array.from(allocate('bool', [numbersOf(partitions[0]!)[0]!]).data as Uint8Array);
  for (const row of numbersOf(partitions[1]!)) lengths[row]! += 1;
  return lengths;
}

/** Parts by number, and back together by positions: how lookups in partitioned variables are written. */
const dynamicPartition: Kernel = ([data, numbers], attributes) => {
  const count = attributes.int('num_partitions', 1);
  const inner = data!.shape.slice(numbers!.shape.length);
  const width = countOf(inner);
  if (!(count >= 1 && count <= MAX_PARTS)) throw new RangeError(`${count} parts`);
  const rows: number[][] = Array.from({ length: count }, () => []);
  numbersOf(numbers!).forEach((number, i) => {
    if (number < 0 || number >= count) throw new RangeError(`part ${number} of ${count}`);
    rows[number]!.push(i);
  });
  return rows.map(own => {
    const part = allocate(data!.element, [own.length, ...inner]);
    const target = part.data as { [index: number]: unknown };
    own.forEach((row, i) => {
      for (let j = 0; j < width; j += 1) target[i * width + j] = data!.data[row * width + j];
    });
    return part;
  });
};

const dynamicStitch: Kernel = inputs => {
  const count = inputs.length / 2;
  const positions = inputs.slice(0, count).map(numbersOf);
  const first = inputs[count]!;
  const inner = first.shape.slice(inputs[0]!.shape.length);
  const width = countOf(inner);
  const rows = positions.reduce((most, list) => list.reduce((max, at) => Math.max(max, at), most), -1) + 1;
  const result = allocate(first.element, [rows, ...inner]);
  const target = result.data as { [index: number]: unknown };
  positions.forEach((list, i) =>
    list.forEach((at, k) => {
      if (at < 0) throw new RangeError('a negative position');
      for (let j = 0; j < width; j += 1) target[at * width + j] = inputs[count + i]!.data[k * width + j];
    }),
  );
  return [result];
};

export const SPARSE_KERNELS: Readonly<Record<string, Kernel>> = {
  Unique: unique,
  DynamicPartition: dynamicPartition,
  DynamicStitch: dynamicStitch,
  ParallelDynamicStitch: dynamicStitch,
  SparseCross: sparseCross,
  ListDiff: listDiff,
  SparseReshape: sparseReshape,
  SparseFillEmptyRows: fillEmptyRows,
  SparseSegmentSum: sparseSegment(() => 1),
  SparseSegmentMean: sparseSegment(count => count),
  SparseSegmentSqrtN: sparseSegment(Math.sqrt),
  SparseSegmentSumWithNumSegments: sparseSegment(() => 1),
  SparseSegmentMeanWithNumSegments: sparseSegment(count => count),
  SparseSegmentSqrtNWithNumSegments: sparseSegment(Math.sqrt),
  SegmentSum: segmentSum,
  SparseToDense: sparseToDense,
  ScatterNd: scatterNd,
  Cumsum: cumsum,
  DenseBincount: denseBincount,
  RaggedTensorToTensor: raggedToTensor,
};
