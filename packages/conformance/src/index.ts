export { type RegistryStore, registrySuite } from "./registry-suite.ts";
