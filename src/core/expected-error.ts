/**
 * A failure that Signet anticipates: its message is complete, so the command line prints it without a stack. Any other
 * error is a defect and is printed with its stack.
 */
export class ExpectedError extends Error {}
