import type { RowAnswer } from './row-answers.js';
import { rate } from './simulator-options.js';

/** What a model does to answers in a reply to several rows, as shares of those answers. */
export const batchOptions = {
  'batch-drop-rate': rate('Share of the answers to several rows in one prompt that are left out.'),
  'batch-duplicate-rate': rate('Share of those answers that stand there twice, every other time with another content.'),
  'batch-reorder-rate': rate('Share of those answers that stand in another place.'),
  'batch-corrupt-rate': rate('Share of those answers whose fields do not have their types.'),
  'batch-foreign-rate': rate('Share of those answers under an id that no row has.'),
};

export type BatchRates = Readonly<Record<keyof typeof batchOptions, number>>;

export interface SpoilInit {
  readonly rates: BatchRates;
  readonly idName: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The answers as a careless model gives them: each is spoilt in at most one way. */
export function spoilAnswers(answers: readonly RowAnswer[], { rates, idName, random }: SpoilInit): readonly RowAnswer[] {
  const spoilt = answers.flatMap((answer): readonly RowAnswer[] => {
    const draw = random();
    const drop = rates['batch-drop-rate'];
    const duplicate = drop + rates['batch-duplicate-rate'];
    const corrupt = duplicate + rates['batch-corrupt-rate'];
    const foreign = corrupt + rates['batch-foreign-rate'];
    if (draw < drop) return [];
    if (draw < duplicate) return [answer, random() < 0.5 ? answer : corrupted(answer, idName)];
    if (draw < corrupt) return [corrupted(answer, idName)];
    if (draw < foreign) return [{ ...answer, [idName]: Math.floor(random() * 100_000_000) }];
    return [answer];
  });
  return reordered(spoilt, rates['batch-reorder-rate'], random);
}

/** Every field but the id becomes an object of that field. */
function corrupted(answer: RowAnswer, idName: string): RowAnswer {
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, name === idName ? value : { corrupt: value }]));
}

function reordered(answers: readonly RowAnswer[], share: number, random: () => number): readonly RowAnswer[] {
  const order = [...answers];
  for (let i = 0; i < order.length; i++) {
    if (random() >= share) continue;
    const other = Math.floor(random() * order.length);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}
