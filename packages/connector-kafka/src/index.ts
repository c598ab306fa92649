export { groupObservers } from "./group-observing.ts";
export { kafkaInput } from "./kafka-input.ts";
export { kafkaOutput } from "./sink.ts";
