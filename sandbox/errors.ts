/** AWS's refusals as one error type, with the code, HTTP status and wording that AWS itself would use. */
export class AwsError extends Error {
  /** Exception name as in AWS's service models, e.g. `ValidationException`. */
  readonly type: string;
  readonly status: number;

  constructor(type: string, status: number, message: string) {
    super(message);
    this.name = "AwsError";
    this.type = type;
    this.status = status;
  }
}

/** HTTP status of each exception in Bedrock's runtime model. */
const BEDROCK_STATUS = {
  AccessDeniedException: 403,
  ConflictException: 400,
  InternalServerException: 500,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelStreamErrorException: 424,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  ValidationException: 400,
} as const;

export type BedrockExceptionName = keyof typeof BEDROCK_STATUS;

export function bedrockError(type: BedrockExceptionName, message: string): AwsError {
  return new AwsError(type, BEDROCK_STATUS[type], message);
}

export function validationError(message: string): AwsError {
  return bedrockError("ValidationException", message);
}

/** The exception called `name` in upper or lower camel case (streams use the latter), or null if Bedrock has none. */
export function bedrockException(name: string): BedrockExceptionName | null {
  const upper = name.charAt(0).toUpperCase() + name.slice(1);
  return Object.hasOwn(BEDROCK_STATUS, upper) ? (upper as BedrockExceptionName) : null;
}
