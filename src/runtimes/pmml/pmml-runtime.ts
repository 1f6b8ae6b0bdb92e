import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { defineRuntime } from '../../spec/model-runtime.js';
import { looksLikePmml } from './looks-like-pmml.js';

const options = z.object({});

/**
 * Runs PMML 3.0 to 4.4 without any other software: a document is read and compiled when it is opened, and checked with its
 * own ModelVerification.
 */
export const pmml = defineRuntime({
  name: 'pmml',
  formats: [],
  options,
  recognizes: ({ entries, head }) => entries === undefined && looksLikePmml(head),
  async open({ file, device, declaredInputs }) {
    if (device === 'gpu') throw new MillraceError({ code: 'INVALID_OPTION', message: 'option "gpu" is true, and PMML is run on the CPU' });
    if (declaredInputs) {
      throw new MillraceError({
        code: 'INVALID_OPTION',
        message: 'option "model.inputs" is set, but a PMML document tells itself what it takes',
      });
    }
    if (file.entries) throw new MillraceError({ code: 'MODEL_LOAD', message: `"${file.path}" is a folder, not a PMML document` });
    // Loaded for documents only: every script with a local model loads this file.
    const { loadPmml } = await import('./load-pmml.js');
    return loadPmml(await readFile(file.path));
  },
});
