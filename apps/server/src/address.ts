/** Addresses that listeners are given: a host and a port. */

import { z } from "zod";

/** Where a listener listens. */
export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const ALLOWED = "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";

/** Reads `HOST:PORT`, with an IPv6 host in brackets. */
export function address(): z.ZodType<Address> {
  return z.string({ error: ALLOWED }).transform((text, context): Address => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    if (host !== undefined && port <= 65_535) return { host, port };
    context.addIssue({ code: "custom", message: ALLOWED });
    return z.NEVER;
  });
}

/** True for hosts that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** True for an address. */
export function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "host" in value && "port" in value;
}

/** Spells an address as URLs do. */
export function spellAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
