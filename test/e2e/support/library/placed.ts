import type { Guardrail, GuardrailSchedule } from '../../../../src/api/v1alpha1.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';

/** How a guardrail stands to the time: it has no schedule, is in effect by it, or is not. */
export type Placed = 'Always' | 'InEffect' | 'NotInEffect';

/** How a guardrail stands to a moment. */
export function inEffectAt(guardrail: LoadedGuardrail, now: Date): Placed {
  if (guardrail.kind === 'Broken' || guardrail.schedule === undefined) return 'Always';
  return guardrail.schedule.at(now).inEffect ? 'InEffect' : 'NotInEffect';
}

const DAY_MS = 86_400_000;

/** A window around the present, or one that is long over: nobody can set the clock of a cluster. */
function scheduleFor(placed: Exclude<Placed, 'Always'>): GuardrailSchedule {
  const [from, to] = placed === 'InEffect' ? [-1, 1] : [-3, -2];
  const at = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
  return { active: 'During', windows: [{ absolute: { from: at(from), to: at(to) } }] };
}

/** A guardrail whose schedule says of the present what it says of the time of a test. Its name tells them apart. */
export function placedAtPresent(guardrail: Guardrail, placed: Placed): Guardrail {
  if (placed === 'Always') return guardrail;
  const { metadata, spec } = guardrail;
  const name = placed === 'InEffect' ? metadata?.name : `${metadata?.name}-not-in-effect`;
  return { ...guardrail, metadata: { name: name ?? '' }, spec: { ...spec, schedule: scheduleFor(placed) } };
}
