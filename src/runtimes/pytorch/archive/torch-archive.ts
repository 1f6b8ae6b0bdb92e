import { damaged, unsupported } from '../refusal.js';
import type { PickleValue } from './pickle-value.js';
import { readPickle } from './read-pickle.js';
import { readZipRecords, type ZipRecords } from './zip-records.js';

const MAX_PICKLE_BYTES = 64_000_000;
const MAX_CODE_BYTES = 16_000_000;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A TorchScript archive, unpacked: the module as data, and the text of its code. */
export interface TorchArchive {
  /** The module with its parameters, buffers and submodules. */
  readonly module: PickleValue;
  /** What the code calls `CONSTANTS.c0`, `c1`, …: a tuple of tensors. */
  readonly constants: PickleValue;
  /** The tensors that a trace was made with, by method and argument: their types and shapes, without elements. Absent in older archives. */
  readonly tracedInputs: PickleValue | undefined;
  /** Text by path below `code/`: `__torch__/torch/nn/modules/linear.py`. */
  readonly code: ReadonlyMap<string, string>;
  readonly littleEndian: boolean;
  /** The bytes of a storage that a tensor of the module (`data`) or of the constants refers to. */
  storage(folder: 'data' | 'constants', key: string): Uint8Array;
}

/** What the first bytes of a file and the names in it say it is. */
export type TorchFileKind = 'torchscript' | 'state-dict' | 'export' | 'other';

const SAVE_INSTEAD = {
  message:
    "write the model with torch.jit.trace(model.eval(), example).save('model.pt') or torch.jit.script(model.eval()).save('model.pt')",
};

/**
 * Opens what `torch.jit.save` wrote (https://github.com/pytorch/pytorch/blob/main/torch/csrc/jit/docs/serialization.md).
 *
 * @throws `MODEL_LOAD` for a damaged archive, and for what `torch.save` and `torch.export.save` write, with what to write instead.
 */
export async function openTorchArchive(bytes: Uint8Array): Promise<TorchArchive> {
  if (!isZip(bytes)) throw notAnArchive(bytes);
  const records = await readZipRecords(bytes);
  const root = rootOf(records);
  refuseOtherKinds(records, root);
  const dataName = `${root}data.pkl`;
  const constantsName = `${root}constants.pkl`;
  const code = new Map<string, string>();
  const prefix = `${root}code/`;
  let codeBytes = 0;
  for (const name of records.names) {
    if (!name.startsWith(prefix) || !name.endsWith('.py')) continue;
    codeBytes += records.sizeOf(name);
    if (codeBytes > MAX_CODE_BYTES) throw damaged(`the code of the archive has more than ${MAX_CODE_BYTES} bytes`);
    code.set(name.slice(prefix.length), textOf(records, name));
  }
  const byteOrder = records.has(`${root}byteorder`) ? textOf(records, `${root}byteorder`) : 'little';
  if (byteOrder !== 'little' && byteOrder !== 'big') throw damaged('the archive has a byte order that is neither little nor big');
  return {
    module: pickleOf(records, dataName),
    constants: records.has(constantsName) ? pickleOf(records, constantsName) : { kind: 'tuple', items: [] },
    tracedInputs: records.has(`${root}traced_inputs.pkl`) ? pickleOf(records, `${root}traced_inputs.pkl`) : undefined,
    code,
    littleEndian: byteOrder === 'little',
    storage: (folder, key) => records.read(`${root}${folder}/${key}`),
  };
}

/** Whether a file begins as a zip file. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

function rootOf(records: ZipRecords): string {
  const name = records.names.find(candidate => /^[^/]+\/(?:data\.pkl|version|archive_format|byteorder)$/.test(candidate));
  if (name !== undefined) return name.slice(0, name.indexOf('/') + 1);
  if (records.names.some(candidate => candidate.endsWith('model.json') || candidate.endsWith('serialized_exported_program.json')))
    return '';
  throw damaged('the zip file holds no PyTorch model', [SAVE_INSTEAD]);
}

function refuseOtherKinds(records: ZipRecords, root: string): void {
  const isExport =
    records.has(`${root}archive_format`) ||
    records.names.some(name => name.endsWith('serialized_exported_program.json') || /(?:^|\/)models\/[^/]+\.json$/.test(name));
  if (isExport) throw unsupported('the file is an archive of torch.export (.pt2), not TorchScript', [SAVE_INSTEAD]);
  const hasCode = records.names.some(name => name.startsWith(`${root}code/`) && name.endsWith('.py'));
  if (!hasCode) {
    throw unsupported('the file was written by torch.save: it has weights or pickled Python objects, and no code of the model', [
      SAVE_INSTEAD,
    ]);
  }
  if (records.names.includes(`${root}bytecode.pkl`) && !records.has(`${root}data.pkl`)) {
    throw unsupported('the file is an archive for the mobile interpreter without its module', [SAVE_INSTEAD]);
  }
}

function notAnArchive(bytes: Uint8Array): Error {
  if (bytes[0] === 0x80 && bytes[1] !== undefined && bytes[1] >= 2 && bytes[1] <= 5) {
    return unsupported('the file is a pickle, as torch.save wrote before 1.6; a pickle of Python objects is never run', [SAVE_INSTEAD]);
  }
  return damaged('the file is no zip file, so it is no TorchScript archive', [SAVE_INSTEAD]);
}

function pickleOf(records: ZipRecords, name: string): PickleValue {
  if (records.sizeOf(name) > MAX_PICKLE_BYTES) throw damaged(`"${name}" of the archive has more than ${MAX_PICKLE_BYTES} bytes`);
  return readPickle(records.read(name), `"${name}"`);
}

function textOf(records: ZipRecords, name: string): string {
  try {
    return UTF8.decode(records.read(name));
  } catch (thrown) {
    if (thrown instanceof TypeError) throw damaged(`"${name}" of the archive is not UTF-8`);
    throw thrown;
  }
}
