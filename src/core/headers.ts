/** Header names in lower case; each value is the only one of its name. */
export type Headers = ReadonlyMap<string, string>;
