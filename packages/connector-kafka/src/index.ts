export { groupObservers } from "./group-observing.ts";
