export { groupObservers } from "./group-observing.ts";
export { kafkaInput } from "./kafka-input.ts";
