/** Errors for operators: all reasons together, each with its field. Callers never see these. */
import { ExpectedError } from "../core/expected-error.ts";

export type OperatorErrorCode =
  /** A field is missing, malformed or contradicts another. */
  | "invalid"
  | "exists"
  | "not_found"
  /** It exists, but has ended or is not active yet. */
  | "wrong_state";

export interface Problem {
  /** `grants[0].models[1]`. */
  field: string;
  message: string;
}

export class OperatorError extends ExpectedError {
  readonly code: OperatorErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: OperatorErrorCode, problems: readonly Problem[]) {
    super(problems.map(({ field, message }) => `${field}: ${message}`).join("\n"));
    this.name = "OperatorError";
    this.code = code;
    this.problems = problems;
  }
}

/** `there is no delegation "acme"`, quoted so that a hostile name can't look like anything else. */
export function notFound(field: string, name: string): OperatorError {
  return new OperatorError("not_found", [{ field, message: `there is no ${field} ${JSON.stringify(name)}` }]);
}

export function alreadyExists(field: string, name: string): OperatorError {
  const message = `a ${field} named ${JSON.stringify(name)} already exists`;
  return new OperatorError("exists", [{ field: "name", message }]);
}

export function wrongState(field: string, message: string): OperatorError {
  return new OperatorError("wrong_state", [{ field, message }]);
}
