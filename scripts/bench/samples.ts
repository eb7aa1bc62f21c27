import { type Spread, spreadOf } from './statistics.ts';

/**
 * What was measured, by subject and figure, one value for each round. All subjects are measured in every round, so that two
 * of them can be compared round by round: what disturbs the machine for minutes disturbs both.
 */
export class Samples<Figure extends string> {
  readonly #bySubject = new Map<string, Readonly<Record<Figure, number>>[]>();

  /** Notes the figures of a subject in the round that is under way. */
  add(subject: string, figures: Readonly<Record<Figure, number>>): void {
    const rounds = this.#bySubject.get(subject) ?? [];
    this.#bySubject.set(subject, [...rounds, figures]);
  }

  /** A figure of a subject over all rounds. Throws if it was not measured. */
  figure(subject: string, figure: Figure): Spread {
    return spreadOf(this.#values(subject, figure));
  }

  /** A figure of a subject as a multiple of another subject's in the same round. Throws if either was not measured. */
  ratio(subject: string, base: string, figure: Figure): Spread {
    const bases = this.#values(base, figure);
    return spreadOf(this.#values(subject, figure).map((value, round) => value / (bases[round] ?? Number.NaN)));
  }

  #values(subject: string, figure: Figure): number[] {
    const rounds = this.#bySubject.get(subject);
    if (rounds === undefined) throw new Error(`${subject} was not measured`);
    return rounds.map((figures) => figures[figure]);
  }
}
