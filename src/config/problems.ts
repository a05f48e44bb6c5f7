/** The problems of a configuration, all together, each with its place. Values are never repeated. */
import { ExpectedError } from "../core/expected-error.ts";

export interface ConfigProblem {
  /** `signet.yaml:3`, `SIGNET_LISTEN_PORT` or `--data`. */
  where: string;
  /** `listen.port`; absent where the problem is the file itself. */
  path?: string;
  message: string;
}

export class ConfigError extends ExpectedError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ where, path, message }) =>
      [where, path, message].filter(Boolean).join(": "),
    );
    super(lines.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}
