import { weightsOf } from './weights.ts';

/** A media type of answers. The second tells by its status what became of a request. */
export type AnswerType = 'application/json' | 'application/graphql-response+json';

/**
 * The type that a reader would rather have, by its `Accept` (RFC 9110, section 12.5.1); null where it takes neither. Of two that weigh the same, the
 * one that is named first; who takes everything gets what stock clients understand best.
 */
export function answerTypeOf(header: string | undefined): AnswerType | null {
  if (header === undefined || header === 'application/json' || header === '*/*') return 'application/json';
  const weights = weightsOf(header);
  const names = [...weights.keys()];
  const rank = (type: AnswerType) => {
    const name = [type, 'application/*', '*/*'].find((each) => weights.has(each)) ?? '';
    return { type, weight: weights.get(name) ?? 0, place: names.indexOf(name) };
  };
  const [plain, strict] = [rank('application/json'), rank('application/graphql-response+json')];
  const isStrict = strict.weight > plain.weight || (strict.weight === plain.weight && strict.place < plain.place);
  const best = isStrict ? strict : plain;
  return best.weight > 0 ? best.type : null;
}
