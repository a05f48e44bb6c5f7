/** The package's public interface: `import { serve } from "signet-gateway"`. */
export { ConfigError, type ConfigProblem } from "./config/problems.ts";
export type { SettingsInput } from "./config/schema.ts";
export { serve, type ServeOptions } from "./server/serve.ts";
export type { Served } from "./server/start.ts";
