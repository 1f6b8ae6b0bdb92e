// The network alone, over rows that are ready in memory. argv: rows, rows per call. Prints the seconds that the calls took.
import ort from 'onnxruntime-node';

const [count, size] = process.argv.slice(2).map(Number);
const session = await ort.InferenceSession.create('bench/pipeline/network.onnx', { intraOpNumThreads: 1, interOpNumThreads: 1 });
const batches = Array.from({ length: 8 }, () => Float32Array.from({ length: size * 6 }, Math.random));
const started = performance.now();
for (let done = 0, i = 0; done < count; done += size, i++)
  await session.run({ features: new ort.Tensor('float32', batches[i % batches.length], [size, 6]) });
console.log((performance.now() - started) / 1_000);
