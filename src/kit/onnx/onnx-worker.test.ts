import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { WorkerPool } from '../worker-pool.js';
import type { OnnxWorkerStart } from './worker-protocol.js';

test('without the optional package the commands that install it are told', async () => {
  const model = await readFile('tests/fixtures/onnx/iris_lr.onnx');
  const start: OnnxWorkerStart = { packageName: 'onnxruntime-that-nobody-has', model, device: 'cpu' };
  await assert.rejects(WorkerPool.open({ entry: new URL('./onnx-worker.js', import.meta.url), start, threads: 1 }), error => {
    assert.ok(MillraceError.is(error));
    assert.equal(error.code, 'MISSING_PACKAGE');
    assert.match(error.message, /'runtime' = 'onnx' needs the package "onnxruntime-that-nobody-has"/);
    assert.deepEqual(
      error.notes.map(note => note.message),
      [
        'npm install onnxruntime-that-nobody-has',
        'on Linux x64 without the download of CUDA files: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-that-nobody-has',
      ],
    );
    return true;
  });
});
