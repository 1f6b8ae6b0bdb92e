/**
 * Whether a file begins as PyTorch writes its archives: a zip file whose first record lies in a folder and is a pickle, code, weights or one
 * of the small records beside them; or as a pickle, as `torch.save` wrote before 1.6.
 *
 * @param head the first bytes of the file.
 */
export function looksLikeTorch(head: Uint8Array): boolean {
  if (head[0] === 0x80) return head[1] !== undefined && head[1] >= 2 && head[1] <= 5;
  if (head[0] !== 0x50 || head[1] !== 0x4b || head[2] !== 3 || head[3] !== 4 || head.length < 30) return false;
  const length = head[26]! | (head[27]! << 8);
  const name = Buffer.from(head.subarray(30, 30 + length)).toString('latin1');
  return /^[^/]+\/(?:data\/|data\.pkl|constants|code\/|version|byteorder|archive_format|archive_version|models\/|\.data\/|\.format_version|\.storage_alignment|extra\/|traced_inputs|bytecode\.pkl)/.test(
    name,
  );
}
