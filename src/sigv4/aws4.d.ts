/** The part of `aws4` that tests and measurements compare with; the package brings no types. */
declare module "aws4" {
  interface Request {
    method: string;
    /** With the query. */
    path: string;
    service: string;
    region: string;
    headers: Record<string, string>;
    body: string | Buffer;
  }

  interface Keys {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  }

  /** Adds `Authorization` and what else it signs to the headers of the given request, and returns it. */
  export function sign(request: Request, keys: Keys): Request;

  /** All that Node itself can import: the package is CommonJS. */
  const aws4: { sign: typeof sign };
  export default aws4;
}
