/** What a request is answered with. */
export interface Reply {
  readonly status: number;
  /** By lower-case name; `content-type` is `application/json` unless it is here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A request that is answered with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`answered with ${reply.status}`);
    this.reply = reply;
  }
}
