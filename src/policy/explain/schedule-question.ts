import { isInEffectAt } from '../candidate.ts';
import { answered, NOT_SET, type Question } from './question.ts';

/** Whether the guardrail is in effect at the time of the review. */
export const SCHEDULE: Question = {
  field: 'spec.schedule',
  ask: ({ guardrail, subject: { facts } }) => {
    const { schedule } = guardrail;
    if (schedule === undefined) return NOT_SET;
    const { nextChange } = schedule.at(facts.now);
    const at = `At ${timeText(facts.now)} it is`;
    const until = nextChange === undefined ? 'for ever' : `until ${timeText(nextChange)}`;
    return answered(isInEffectAt(guardrail, facts.now), `${at} in effect, ${until}`, `${at} not in effect, ${until}`);
  },
};

/** Without milliseconds, which nobody writes. A date that is none is told as that. */
function timeText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
