/** Decimals as text and as whole units of 10^-scale. */

const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/;

/** The powers of ten that are exact both as floats and as limits of 15 digits. */
const POWERS = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));

/** What reading a decimal answers: its units, or why it does not fit. */
export type DecimalUnits = bigint | "malformed" | "too many fraction digits" | "too large";

/** Reads a decimal exactly; digits are never rounded away, only trailing zeros of the fraction. */
export function parseDecimal(text: string, precision: number, scale: number): DecimalUnits {
  const match = DECIMAL.exec(text);
  if (match === null) return "malformed";
  const whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  if (whole === "" && fraction === "") return "malformed";
  let digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return 0n;
  const shift = scale - fraction.length + Number(match[4] ?? 0);
  if (shift < 0) {
    const cut = digits.length + shift;
    if (cut < 0 || /[^0]/.test(digits.slice(cut))) return "too many fraction digits";
    digits = digits.slice(0, cut);
  } else {
    if (digits.length + shift > precision) return "too large";
    digits += "0".repeat(shift);
  }
  if (digits.length > precision) return "too large";
  const units = BigInt(digits);
  return match[1] === "-" ? -units : units;
}

/**
 * Reads a float that was written with at most 15 significant digits; undefined where the short way
 * does not hold. Two decimals of up to 15 digits are never the same float, so units that divide
 * back to the float are those that were written.
 */
export function floatUnits(value: number, precision: number, scale: number): bigint | undefined {
  const power = POWERS[scale];
  if (power === undefined) return undefined;
  const units = Math.round(value * power);
  const limit = POWERS[Math.min(precision, 15)] ?? 0;
  return Math.abs(units) < limit && units / power === value ? BigInt(units) : undefined;
}

/** Writes units of 10^-scale with all their fraction digits. */
export function formatDecimal(units: bigint, scale: number): string {
  if (scale === 0) return units.toString();
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${units < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}
