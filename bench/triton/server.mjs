// A simulated inference server with one model, `scale`: a row of floats, doubled. Prints its address.
import { startTritonSimulator } from '../../dist/testing/index.js';

const width = Number(process.argv[2]);
const simulator = await startTritonSimulator({}, [
  {
    name: 'scale',
    maxBatchSize: 1_024,
    inputs: [{ name: 'x', datatype: 'FP32', dims: [width] }],
    outputs: [{ name: 'y', datatype: 'FP32', dims: [width] }],
    run(inputs) {
      const { shape, data } = inputs.get('x');
      return [{ name: 'y', datatype: 'FP32', shape, data: data.map(value => 2 * value) }];
    },
  },
]);
console.log(simulator.url);
