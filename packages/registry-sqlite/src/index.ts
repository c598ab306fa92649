export { RegistryError } from "./registry-error.ts";
export { openSqliteRegistry } from "./sqlite-registry.ts";
