import path from "node:path";
import { testGolden } from "../../../../test/support/golden.ts";
import { inboundOf } from "../../fixtures.ts";
import { readChat } from "./read.ts";

testGolden(path.join(import.meta.dirname, "golden"), (request, model) =>
  readChat(inboundOf(request)).translate(model),
);
