/**
 * Requests that two readers may interpret differently. Each carries a second one, behind its body or in it, for
 * another model: a server that forwards it has been deceived.
 */
export interface Case {
  name: string;
  bytes: Buffer;
  /** The only status that may answer it, or that it is refused, with a 4xx or nothing, and cut off. */
  expected: number | "refused";
}

export interface CorpusParts {
  token: string;
  /** The path of the visible call, and of the hidden one. */
  path: string;
  hiddenPath: string;
  body: string;
  hiddenBody: string;
}

const EOL = "\r\n";

export function smugglingCorpus({ token, path, hiddenPath, body, hiddenBody }: CorpusParts): Case[] {
  const message = (target: string, fields: string[], text: string, line = `POST ${target} HTTP/1.1`) =>
    [line, "host: gateway", `x-api-key: ${token}`, ...fields, "", text].join(EOL);
  const hidden = message(hiddenPath, [`content-length: ${hiddenBody.length}`], hiddenBody);
  const chunk = (text: string) => `${text.length.toString(16)}${EOL}${text}${EOL}`;
  const chunked = `${chunk(body)}0${EOL}${EOL}`;
  const both = chunked + hidden;
  const shown = (name: string, fields: string[], text: string, expected: Case["expected"] = "refused") =>
    made(name, message(path, fields, text), expected);
  const line = (name: string, start: string) =>
    made(name, message(path, [`content-length: ${body.length}`], body + hidden, start), "refused");

  return [
    ...lengthsAndChunks(shown, { body, chunked, both, hidden }),
    ...codings(shown, both),
    ...lengths(shown, body, hidden),
    ...chunks(shown, { body, chunked, hidden }),
    ...headers(shown, body, hidden),
    ...requestLines(line, path),
    ...methods(message, { path, hidden, body }),
  ];
}

type Shown = (name: string, headers: string[], text: string, expected?: Case["expected"]) => Case;
interface Texts {
  body: string;
  chunked: string;
  hidden: string;
}

function made(name: string, text: string, expected: Case["expected"]): Case {
  return { name, bytes: Buffer.from(text, "latin1"), expected };
}

/** A length together with chunks: CL.TE, TE.CL and similar. */
function lengthsAndChunks(shown: Shown, { body, chunked, both, hidden }: Texts & { both: string }): Case[] {
  const chunkLine = body.length.toString(16).length + 2;
  return [
    shown("CL.TE: the length covers the second one", lengthThen(both), both),
    shown("CL.TE: the length ends the body early", lengthThen(chunked), both),
    shown("TE.CL", ["transfer-encoding: chunked", `content-length: ${chunkLine}`], both),
    shown("TE.CL with no length at all", ["transfer-encoding: chunked", "content-length: 0"], both),
    shown(
      "TE.0: chunks that hold the second one",
      lengthThen(""),
      `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    ),
    shown(
      "a length and an identity coding",
      [`content-length: ${both.length}`, "transfer-encoding: identity"],
      both,
    ),
    shown("a length and an empty coding", [`content-length: ${both.length}`, "transfer-encoding:"], both),
  ];
}

function lengthThen(text: string): string[] {
  return [`content-length: ${text.length}`, "transfer-encoding: chunked"];
}

const CODINGS: [name: string, ...lines: string[]][] = [
  ["xchunked", "transfer-encoding: xchunked"],
  ["chunk", "transfer-encoding: chunk"],
  ["chunked, identity", "transfer-encoding: chunked, identity"],
  ["identity, chunked", "transfer-encoding: identity, chunked"],
  ["identity", "transfer-encoding: identity"],
  ["chunked twice in a line", "transfer-encoding: chunked, chunked"],
  ["chunked on two lines", "transfer-encoding: chunked", "transfer-encoding: chunked"],
  ["chunked, then another line", "transfer-encoding: chunked", "transfer-encoding: x"],
  ["another line, then chunked", "transfer-encoding: x", "transfer-encoding: chunked"],
  ["gzip, chunked", "transfer-encoding: gzip, chunked"],
  ["quoted", 'transfer-encoding: "chunked"'],
  ["half a quote", "transfer-encoding: 'chunked"],
  ["with a parameter", "transfer-encoding: chunked;q=1"],
  ["a comma before", "transfer-encoding: ,chunked"],
  ["a comma behind", "transfer-encoding: chunked,"],
  ["a blank before the colon", "transfer-encoding : chunked"],
  ["a tab before the colon", "transfer-encoding\t: chunked"],
  ["a blank before the name", " transfer-encoding: chunked"],
  ["folded", "transfer-encoding:", " chunked"],
  ["folded behind another header", "x-a: b", " transfer-encoding: chunked"],
  ["folded by a tab", "x-a: b", "\ttransfer-encoding: chunked"],
  ["a vertical tab", "transfer-encoding: \x0bchunked"],
  ["a form feed behind", "transfer-encoding: chunked\x0c"],
  ["a NUL before", "transfer-encoding: \0chunked"],
  ["a NUL behind", "transfer-encoding: chunked\0"],
  ["a no-break space", "transfer-encoding: \xa0chunked"],
  ["a high byte", "transfer-encoding: chunked\xff"],
  ["behind a bare line feed", "x-a: b\ntransfer-encoding: chunked"],
  ["behind a bare carriage return", "x-a: b\rtransfer-encoding: chunked"],
  ["behind carriage returns", "x-a: b\r\r\ntransfer-encoding: chunked"],
  ["a NUL in the name", "transfer\0-encoding: chunked"],
  ["a high byte in the name", "transfer-encoding\xa0: chunked"],
];

/** TE.TE: one reader knows the coding, another does not. */
function codings(shown: Shown, both: string): Case[] {
  const length = `content-length: ${both.length}`;
  return [
    ...CODINGS.map(([name, ...lines]) => shown(`coding ${name}, with a length`, [length, ...lines], both)),
    ...CODINGS.map(([name, ...lines]) => shown(`coding ${name}`, lines, both)),
    shown("coding named with an underscore", [length, "transfer_encoding: chunked"], both, 400),
  ];
}

function lengths(shown: Shown, body: string, hidden: string): Case[] {
  const all = body + hidden;
  const one = (value: string) => shown(`length ${JSON.stringify(value)}`, [`content-length: ${value}`], all);
  const size = body.length;
  return [
    ...[
      `+${size}`,
      `-${size}`,
      "-1",
      `0x${size.toString(16)}`,
      `${size}.0`,
      "1e2",
      `${size};`,
      `${size},`,
    ].map(one),
    ...[`${size}, ${size}`, `${size}, ${all.length}`, `${size} ${all.length}`, `"${size}"`, `${size}\0`].map(
      one,
    ),
    ...["18446744073709551617", "9".repeat(40), `${size}\x0b`, `\xa0${size}`, `${size}a`, "NaN", ""].map(one),
    shown("two lengths", [`content-length: ${size}`, `content-length: ${all.length}`], all),
    shown("two lengths, the longer first", [`content-length: ${all.length}`, `content-length: ${size}`], all),
    shown("one length twice", [`content-length: ${size}`, `content-length: ${size}`], all),
    shown("a length with a blank before the colon", [`content-length : ${size}`], all),
    shown(
      "a length and one behind a bare line feed",
      [`x-a: b\ncontent-length: 0`, `content-length: ${size}`],
      all,
    ),
    shown("a length that is folded", ["content-length:", ` ${size}`], all),
    shown(
      "a length and one named with an underscore",
      [`content-length: ${all.length}`, `content_length: 0`],
      all,
      400,
    ),
    shown("a length beyond what is taken", ["content-length: 999999999999999"], all),
  ];
}

function chunks(shown: Shown, { body, chunked, hidden }: Texts): Case[] {
  const coding = ["transfer-encoding: chunked"];
  const size = body.length.toString(16);
  const as = (name: string, text: string, expected: Case["expected"] = "refused") =>
    shown(`chunks: ${name}`, coding, text, expected);
  const sized = (line: string) =>
    as(`size ${JSON.stringify(line).slice(0, 40)}`, `${line}\r\n${body}\r\n0\r\n\r\n${hidden}`);
  const end = "\r\n0\r\n\r\n";
  return [
    ...[`0x${size}`, `+${size}`, `-${size}`, ` ${size}`, `${size}g`, "", "-1", `${size},`].map(sized),
    ...[`1${"0".repeat(16)}${size}`, "f".repeat(17), `${size}\0`].map(sized),
    as("a size that ends in a bare line feed", `${size}\n${body}${end}${hidden}`),
    as("data that ends in a bare line feed", `${size}\r\n${body}\n0\r\n\r\n${hidden}`),
    as("data without an end", `${size}\r\n${body}0\r\n\r\n${hidden}`),
    as("data longer than it says", `${(body.length - 1).toString(16)}\r\n${body}${end}${hidden}`),
    as("an extension that ends in a bare line feed", `${size};a=b\n${body}${end}${hidden}`),
    as("an extension with a bare line feed in it", `${size};\nxx\r\n${body}${end}${hidden}`),
    as("an extension of 20,000 bytes", `${size};a=${"b".repeat(20_000)}\r\n${body}${end}${hidden}`),
    as("a last chunk that ends in bare line feeds", `${size}\r\n${body}\r\n0\n\n${hidden}`),
    as("a trailer with a blank in its name", `${size}\r\n${body}\r\n0\r\na b: c\r\n\r\n${hidden}`),
    as("a trailer of 20,000 bytes", `${size}\r\n${body}\r\n0\r\na: ${"b".repeat(20_000)}\r\n\r\n${hidden}`),
    as("an extension", `${size};a=b\r\n${body}${end}`, 200),
    as("zeros before the size", `000${size}\r\n${body}\r\n000\r\n\r\n`, 200),
    as("one byte each", `${body.replaceAll(/./g, "1\r\n$&\r\n")}0\r\n\r\n`, 200),
    as(
      "trailers that frame",
      `${size}\r\n${body}\r\n0\r\ncontent-length: ${hidden.length}\r\ntransfer-encoding: x\r\n\r\n${hidden}`,
    ),
    as("trailers of no meaning", `${size}\r\n${body}\r\n0\r\nx-api-key: another\r\n\r\n`, 200),
    as("the second one as data", `${(body + hidden).length.toString(16)}\r\n${body}${hidden}${end}`, 400),
    shown("coding in capitals", ["Transfer-Encoding: CHUNKED"], chunked, 200),
    shown("coding between blanks", ["transfer-encoding:  \tchunked  "], chunked, 200),
  ];
}

function headers(shown: Shown, body: string, hidden: string): Case[] {
  const length = `content-length: ${body.length}`;
  const all = body + hidden;
  const upgrade = (to: string, ...more: string[]) =>
    shown(`an upgrade to ${to}`, [length, "connection: upgrade", `upgrade: ${to}`, ...more], all);
  return [
    upgrade("h2c", "http2-settings: AAMAAABkAAQAAP__"),
    upgrade("websocket", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version: 13"),
    upgrade("TLS/1.0"),
    shown("an upgrade that Connection doesn't name", [length, "upgrade: h2c"], all),
    shown("an expectation, with the body sent immediately", [length, "expect: 100-continue"], body, 200),
    shown("another expectation", [length, "expect: 200-ok"], all, "refused"),
    shown("Connection names the length", [length, "connection: content-length"], body, 200),
    shown("Connection names the coding", [length, "connection: transfer-encoding, x-api-key"], body, 200),
    shown("Host twice", [length, "host: other"], all),
    shown("a header without a colon", [length, "x-a"], all),
    shown("a header without a name", [length, ": a"], all),
    shown("a header with a blank in its name", [length, "x a: b"], all),
    shown("a header with a NUL", [length, "x-a: b\0c"], all),
    shown("a header with a bare carriage return", [length, "x-a: b\rx-b: c"], all),
    shown("a header with a high byte", [length, "x-a: \xe9"], body, 400),
    shown("a credential twice", [length, "x-api-key: another"], body, 400),
    shown("two credentials", [length, "authorization: Bearer another"], body, 400),
    shown("65 headers", [length, ...Array.from({ length: 62 }, (_, i) => `x-${i}: a`)], body, 431),
    shown("headers of 20,000 bytes", [length, `x-a: ${"a".repeat(20_000)}`], all),
  ];
}

function requestLines(line: (name: string, start: string) => Case, path: string): Case[] {
  return [
    line("absolute form", `POST http://gateway${path} HTTP/1.1`),
    line("absolute form of another host", `POST http://169.254.169.254${path} HTTP/1.1`),
    line("asterisk form", "POST * HTTP/1.1"),
    line("authority form", "CONNECT 169.254.169.254:80 HTTP/1.1"),
    line("tabs for blanks", `POST\t${path}\tHTTP/1.1`),
    line("something behind the version", `POST ${path} HTTP/1.1 x`),
    line("a blank in the path", `POST ${path} x HTTP/1.1`),
    line("no version", `POST ${path}`),
    line("a version in small letters", `POST ${path} http/1.1`),
    line("version 1.2", `POST ${path} HTTP/1.2`),
    line("version 2.0", `POST ${path} HTTP/2.0`),
    line("version 0.9", `POST ${path} HTTP/0.9`),
    line("version 11", `POST ${path} HTTP/11`),
    line("a method in small letters", `post ${path} HTTP/1.1`),
    line("a NUL in the path", `POST ${path}\0 HTTP/1.1`),
    line("a bare line feed", `POST ${path} HTTP/1.1\nx-a: b`),
    line("a fragment", `POST ${path}#/../x HTTP/1.1`),
  ];
}

function methods(
  message: (target: string, fields: string[], text: string, line?: string) => string,
  { path, hidden, body }: { path: string; hidden: string; body: string },
): Case[] {
  const of = (
    name: string,
    start: string,
    fields: string[],
    text: string,
    expected: Case["expected"] = "refused",
  ) => made(name, message("", fields, text, start), expected);
  const chunked = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
  const withLength = [`content-length: ${hidden.length}`];
  return [
    ...["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"].flatMap((method) => [
      of(`${method} with a body`, `${method} /foundation-models HTTP/1.1`, withLength, hidden),
      of(
        `${method} with chunks`,
        `${method} /foundation-models HTTP/1.1`,
        ["transfer-encoding: chunked"],
        chunked,
      ),
    ]),
    of("HTTP/1.0 with chunks", `POST ${path} HTTP/1.0`, ["transfer-encoding: chunked"], `0\r\n\r\n${hidden}`),
    of(
      "HTTP/1.0 that is kept alive",
      `POST ${path} HTTP/1.0`,
      [`content-length: ${body.length}`, "connection: keep-alive"],
      body,
      200,
    ),
    of(
      "two blanks in the first line",
      `POST  ${path} HTTP/1.1`,
      [`content-length: ${body.length}`],
      body,
      200,
    ),
    of("empty lines before", `\r\n\r\nPOST ${path} HTTP/1.1`, [`content-length: ${body.length}`], body, 200),
  ];
}
