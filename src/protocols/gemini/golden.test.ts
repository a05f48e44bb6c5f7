import path from "node:path";
import { testGolden } from "../../../test/support/golden.ts";
import { inboundOf } from "../fixtures.ts";
import { readGenerate, readStreamGenerate } from "./read.ts";

testGolden(path.join(import.meta.dirname, "golden"), (request, model, streaming) => {
  const inbound = { ...inboundOf(request), params: ["models/sonnet"], query: "alt=sse" };
  return (streaming ? readStreamGenerate : readGenerate)(inbound).translate(model);
});
