export { postgresCdcInput } from "./cdc-source.ts";
export { postgresInput } from "./query-source.ts";
export { slotObservers } from "./slot-observer.ts";
export { postgresOutput } from "./sink.ts";
