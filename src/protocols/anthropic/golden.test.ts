import path from "node:path";
import { testGolden } from "../../../test/support/golden.ts";
import { translationOf } from "./fixtures.ts";

testGolden(path.join(import.meta.dirname, "golden"), translationOf);
