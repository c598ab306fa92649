export { httpPush } from "./source.ts";
