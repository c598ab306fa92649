/** Dates, times and timestamps as text and as counts of days or nanoseconds. */

const DATE = /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})\s*$/;
const TIME = /^\s*(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?\s*$/;
const TIMESTAMP =
  /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[ Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?\s*(?:([Zz])|([+-])(\d{2}):?(\d{2}))?)?\s*$/;

const DAY_MS = 86_400_000;
const MS_NS = 1_000_000n;
const SECOND_NS = 1_000_000_000n;
const DAY_NS = 86_400n * SECOND_NS;
/** The Gregorian calendar repeats itself after 400 years. */
const CYCLE_DAYS = 146_097;
const INFINITE_DAYS = 2 ** 31 - 1;
/** Of timestamps that are counted in nanoseconds, and in microseconds. */
const INFINITE_NS: ReadonlySet<bigint> = new Set([2n ** 63n - 1n, (2n ** 63n - 1n) * 1000n]);

/** Days since 1970-01-01 of `YYYY-MM-DD`; undefined where it is no date. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const ms = dateMs(Number(match[1]), Number(match[2]), Number(match[3]));
  return ms === undefined ? undefined : ms / DAY_MS;
}

/** Nanoseconds since midnight of `HH:MM:SS[.f]`; undefined where it is no time. */
export function parseTime(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const ms = timeMs(Number(match[1]), Number(match[2]), Number(match[3]));
  return ms === undefined ? undefined : BigInt(ms) * MS_NS + fractionNs(match[4]);
}

/**
 * Nanoseconds since 1970-01-01 of `YYYY-MM-DD[ HH:MM:SS[.f]]`, with `T` and an offset as in RFC 3339
 * brought to UTC; undefined where it is no timestamp.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const day = dateMs(Number(match[1]), Number(match[2]), Number(match[3]));
  if (day === undefined) return undefined;
  if (match[4] === undefined) return BigInt(day) * MS_NS;
  const time = timeMs(Number(match[4]), Number(match[5]), Number(match[6]));
  if (time === undefined) return undefined;
  let ms = day + time;
  if (match[9] !== undefined) {
    const hours = Number(match[10]);
    const minutes = Number(match[11]);
    if (hours > 23 || minutes > 59) return undefined;
    const offset = (hours * 60 + minutes) * 60_000;
    ms += match[9] === "-" ? offset : -offset;
  }
  return BigInt(ms) * MS_NS + fractionNs(match[7]);
}

/** `YYYY-MM-DD` of a number of days; the largest and smallest that a database counts are no dates. */
export function formatDate(days: number): string {
  if (Math.abs(days) === INFINITE_DAYS) return days > 0 ? "infinity" : "-infinity";
  // A `Date` ends in the year 275760, so that the date is told by its place in 400 years.
  const cycles = Math.floor(days / CYCLE_DAYS);
  const date = new Date((days - cycles * CYCLE_DAYS) * DAY_MS);
  const year = date.getUTCFullYear() + 400 * cycles;
  const sign = year < 0 ? "-" : "";
  const month = two(date.getUTCMonth() + 1);
  return `${sign}${String(Math.abs(year)).padStart(4, "0")}-${month}-${two(date.getUTCDate())}`;
}

/** `HH:MM:SS`, with as many fraction digits as it takes. */
export function formatTime(ns: bigint): string {
  const seconds = Number(ns / SECOND_NS);
  const fraction = (ns % SECOND_NS).toString().padStart(9, "0").replace(/0+$/, "");
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === "" ? clock : `${clock}.${fraction}`;
}

/** `YYYY-MM-DD HH:MM:SS`, with as many fraction digits as it takes; or an infinity, as of a date. */
export function formatTimestamp(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  if (INFINITE_NS.has(size)) return ns > 0n ? "infinity" : "-infinity";
  const rest = ns % DAY_NS;
  const inDay = rest < 0n ? rest + DAY_NS : rest;
  return `${formatDate(Number((ns - inDay) / DAY_NS))} ${formatTime(inDay)}`;
}

function dateMs(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCDate() === day ? date.getTime() : undefined;
}

function timeMs(hour: number, minute: number, second: number): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}

function fractionNs(digits: string | undefined): bigint {
  return digits === undefined || digits === "" ? 0n : BigInt(digits.padEnd(9, "0"));
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
