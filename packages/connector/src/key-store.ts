/** API keys as registries keep them: what they allow and the digest that they are known by, never the keys. */

/** An API key as the registry keeps it. */
export interface ApiKeyRecord {
  /** A UUID. */
  readonly id: string;
  readonly tenant: string;
  /** Unique within the tenant. */
  readonly name: string;
  readonly role: "read" | "write";
  /** SHA-256 of the whole key, in base64. */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
}

/** Durable API keys. Every write is durable when its promise resolves. */
export interface KeyStore {
  /** A tenant's keys, oldest first. */
  list(tenant: string): Promise<readonly ApiKeyRecord[]>;
  /** The key of any tenant with this digest. */
  withDigest(digest: string): Promise<ApiKeyRecord | undefined>;
  /** Answers `"taken"` where the tenant has a key of that name. */
  insert(record: ApiKeyRecord): Promise<"inserted" | "taken">;
  /** Answers `"missing"` where the tenant has no key of that name. */
  remove(tenant: string, name: string): Promise<"removed" | "missing">;
}
