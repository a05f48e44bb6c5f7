/**
 * A failure that Signet foresees: its message says everything, so the command line reports it without a stack. Any
 * other error is a defect, and shows where it comes from.
 */
export class ExpectedError extends Error {}
