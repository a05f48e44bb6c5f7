#!/usr/bin/env node
/**
 * The entry of `signet`: the engine check, then the compile cache, then the program. Node compiles a file's
 * static imports before it runs any of the file: so there are none here, and no syntax that Node 12 doesn't know.
 */
async function start(): Promise<void> {
  const { engineProblem } = await import("../core/engine.ts");
  const problem = engineProblem(process.versions.node);
  if (problem === undefined) {
    const { useCompileCache } = await import("./compile-cache.ts");
    useCompileCache(process.env);
    await import("./main.ts");
  } else {
    console.error(`signet: ${problem}`);
    process.exitCode = 1;
  }
}

void start();
