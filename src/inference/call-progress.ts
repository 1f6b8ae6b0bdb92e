/** What a call has used up of its retries. Goes along when a part of its rows is called again. */
export interface CallProgress {
  /** Attempts that count: throttled ones do not. */
  readonly attempts: number;
  /** Time of those attempts and of the waits between them, in milliseconds. */
  readonly spentMs: number;
  /** Whether a bad answer has been asked for again. */
  readonly askedAgain: boolean;
  /** What was wrong with the last answer, where the next attempt tells the model. */
  readonly rejection?: string | undefined;
  /** Wall clock in milliseconds at the start of the first attempt; absent before it. */
  readonly firstAt?: number | undefined;
}

export const NO_PROGRESS: CallProgress = { attempts: 0, spentMs: 0, askedAgain: false };

/** Most different problems that a model is told of at once. */
const MAX_REJECTIONS = 5;

/** The progress of a call whose rows come from calls with these: the worst of each. */
export function joinProgress(all: readonly (CallProgress | undefined)[]): CallProgress {
  const known = all.filter(each => each !== undefined);
  if (known.length <= 1) return known[0] ?? NO_PROGRESS;
  const rejections = new Set(known.flatMap(({ rejection }) => rejection ?? []));
  const starts = known.flatMap(({ firstAt }) => firstAt ?? []);
  return {
    attempts: Math.max(...known.map(({ attempts }) => attempts)),
    spentMs: Math.max(...known.map(({ spentMs }) => spentMs)),
    askedAgain: known.some(({ askedAgain }) => askedAgain),
    rejection: rejections.size > 0 ? [...rejections].slice(0, MAX_REJECTIONS).join('; ') : undefined,
    firstAt: starts.length > 0 ? Math.min(...starts) : undefined,
  };
}
