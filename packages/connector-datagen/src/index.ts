export { datagen } from "./source.ts";
