/** A refusal in the words of S3. */
export interface S3Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly xml: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function s3Refusal(status: number, code: string, message: string, { region }: { readonly region?: string } = {}): S3Refusal {
  const named = region === undefined ? '' : `<Region>${region}</Region>`;
  return {
    status,
    headers: { 'content-type': 'application/xml', ...(region !== undefined && { 'x-amz-bucket-region': region }) },
    xml: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${named}<RequestId>SIMULATED</RequestId></Error>`,
  };
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
