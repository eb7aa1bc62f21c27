/** Something in a Guardrail that can't be accepted. */
export interface FieldError {
  /** The field, as `spec.when[0].change.path`. */
  readonly field: string;
  /** What it must be, beginning with "must", "may" or "must not". */
  readonly message: string;
}

/** Collects the errors of one Guardrail while it is compiled. Fields are named by where they stand. */
export class FieldErrors {
  readonly #errors: FieldError[] = [];

  /** Notes that a field is wrong. */
  add(field: string, message: string): void {
    this.#errors.push({ field, message });
  }

  /** Runs a compiler that throws a SyntaxError for what it can't accept, and notes that error. Returns undefined then. */
  try<T>(field: string, compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof PolicySyntaxError)) throw error;
      this.add(field, error.message);
      return undefined;
    }
  }

  get all(): readonly FieldError[] {
    return this.#errors;
  }
}

/** Thrown by the small compilers (paths, regular expressions, templates). The message says what the text must be. */
export class PolicySyntaxError extends Error {}

/** The errors in one line each, as in an admission answer. */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  return errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
}
