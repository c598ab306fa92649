export { type Address } from "./address.ts";
export { type Ports } from "./listeners.ts";
export { ConfigurationError, type ConfigSources, loadConfig } from "./config.ts";
export { serve } from "./serve.ts";
export { type Config } from "./settings.ts";
export { type RunningServer, startServer } from "./start-server.ts";
