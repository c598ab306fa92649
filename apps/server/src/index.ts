export { type Config } from "./settings.ts";
