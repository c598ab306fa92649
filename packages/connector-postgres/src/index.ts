export { postgresCdcInput } from "./cdc-source.ts";
export { slotObservers } from "./slot-observer.ts";
