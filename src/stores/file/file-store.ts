import { defineStore, type AnswerStoreContext } from '../../spec/store.js';
import { parseFileAddress } from './file-address.js';
import { FileAnswerCache } from './file-answer-cache.js';
import { openFolder } from './open-folder.js';

/** A folder on this machine, which its processes share. */
export const file = defineStore({
  name: 'file',
  schemes: ['file'],
  async openAnswers({ url, timeoutMs, maxBytes, clock }: AnswerStoreContext) {
    const path = parseFileAddress(url);
    return new FileAnswerCache({ database: await openFolder(path), path, timeoutMs, maxBytes, clock });
  },
});
