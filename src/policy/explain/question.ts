import type { Guardrail } from '../../api/v1alpha1.ts';
import type { Case } from '../case.ts';
import type { CompiledGuardrail, LoadedGuardrail } from '../compiled-guardrail.ts';
import { cut, oneLine } from '../describe.ts';
import { EvaluationError } from '../evaluation-context.ts';
import type { Answer, ExplanationStep } from './explanation.ts';

/** What is asked of whom. */
export interface Asked<G extends LoadedGuardrail = CompiledGuardrail> {
  readonly source: Guardrail;
  readonly guardrail: G;
  readonly subject: Case;
}

/** An answer, and why. */
export interface Answered {
  readonly answer: Exclude<Answer, 'Unknown'>;
  readonly why: string;
}

/** One question that a guardrail asks, by the field that asks it. */
export interface Question<G extends LoadedGuardrail = CompiledGuardrail> {
  readonly field: string;
  /** Asks with the predicates of evaluation. Throws EvaluationError if it can't be told. */
  ask(asked: Asked<G>): Answered;
}

/** Held or not, with a reason for either. */
export const held = (why: string): Answered => ({ answer: 'Held', why });
/** See held. */
export const notHeld = (why: string): Answered => ({ answer: 'NotHeld', why });
/** See held. */
export const notAsked = (why: string): Answered => ({ answer: 'NotAsked', why });
/** The answer of a predicate, with the reason that fits. */
export const answered = (holds: boolean, whyHeld: string, whyNot: string): Answered =>
  holds ? held(whyHeld) : notHeld(whyNot);

/** The field is not set, so that it holds of everything. */
export const NOT_SET: Answered = notAsked('It is not set');

/** The step of a question: one that can't be answered is Unknown. */
export function stepOf(field: string, ask: () => Answered): ExplanationStep {
  try {
    const { answer, why } = ask();
    return { field, answer, why: text(why) };
  } catch (error) {
    return { field, answer: 'Unknown', why: text(`It can not be told: ${errorText(error)}`) };
  }
}

/** What a stranger chose, such as a name, is part of it. */
const MAX_WHY_LENGTH = 1024;

const text = (why: string): string => cut(oneLine(why), MAX_WHY_LENGTH);

/** Only our own errors are worded for strangers: others could quote what they stumbled upon. */
function errorText(error: unknown): string {
  return error instanceof EvaluationError ? error.message : 'an internal error occurred';
}
