import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ConfigurationError, loadConfig } from "./config.ts";
import { SETTING_NAMES } from "./settings.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-config-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(text: string): Promise<string> {
  const path = join(folder, "settings.json");
  await writeFile(path, text);
  return path;
}

function fault(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("a configuration", () => {
  test("listens on this machine alone when nothing is given", () => {
    const config = loadConfig({ flags: {}, environment: {} });
    expect(config).toMatchObject({
      http: { host: "127.0.0.1", port: 8080 },
      grpc: { host: "127.0.0.1", port: 50_051 },
      dataDir: ".tidemark",
      insecure: false,
    });
  });

  test("takes a flag before the environment before the file", async () => {
    const file = await fileWith('{"maxPipelines": 1, "maxWaiters": 2, "drainSeconds": 3}');
    const environment = { TIDEMARK_MAX_PIPELINES: "10", TIDEMARK_MAX_WAITERS: "20" };
    const config = loadConfig({ flags: { maxPipelines: "100" }, environment, file });
    expect(config).toMatchObject({ maxPipelines: 100, maxWaiters: 20, drainSeconds: 3 });
  });

  test("reads IPv6 addresses in brackets", () => {
    const config = loadConfig({ flags: { http: "[::1]:0" }, environment: {} });
    expect(config.http).toEqual({ host: "::1", port: 0 });
  });

  test.each([
    ["localhost"],
    ["127.0.0.1:65536"],
    ["127.0.0.1:"],
    [":8080"],
    ["::1:80"],
    ["a b:1"],
    [""],
  ])("refuses the address '%s' and says what is allowed and from where it came", (http) => {
    const message = fault(() => loadConfig({ flags: {}, environment: { TIDEMARK_HTTP: http } }));
    expect(message).toContain("TIDEMARK_HTTP");
    expect(message).toContain("HOST:PORT");
  });

  test("names everything that is wrong at once", () => {
    const flags = { maxPipelines: "0", logLevel: "loud" };
    const message = fault(() => loadConfig({ flags, environment: { TIDEMARK_INSECURE: "yes" } }));
    expect(message).toContain('--max-pipelines: "0" can\'t be used; allowed is a whole number');
    expect(message).toContain("--log-level");
    expect(message).toContain('TIDEMARK_INSECURE: "yes" can\'t be used; allowed is true or false');
  });

  test("refuses settings of a file that there are not, naming those that there are", async () => {
    const file = await fileWith('{"httpPort": 80}');
    const message = fault(() => loadConfig({ flags: {}, environment: {}, file }));
    expect(message).toContain("'httpPort' in");
    expect(message).toContain("maxPipelines");
  });

  test.each([["[]"], ["{"], ["null"]])("refuses a file that holds %s", async (text) => {
    const file = await fileWith(text);
    const message = fault(() => loadConfig({ flags: {}, environment: {}, file }));
    expect(message).toContain("one JSON object");
  });

  test("refuses a file that is not there", () => {
    const file = join(folder, "none.json");
    const message = fault(() => loadConfig({ flags: {}, environment: {}, file }));
    expect(message).toContain("can't be read");
  });

  test.each([["0.0.0.0:8080"], ["[::]:8080"], ["10.0.0.1:8080"], ["example.org:80"]])(
    "listens on %s only when told that it is insecure",
    (grpc) => {
      const message = fault(() => loadConfig({ flags: { grpc }, environment: {} }));
      expect(message).toContain("--insecure");
      expect(message).toContain("need not authenticate");
      expect(loadConfig({ flags: { grpc, insecure: true }, environment: {} }).insecure).toBe(true);
    },
  );

  test("listens anywhere once callers authenticate", () => {
    const flags = { http: "0.0.0.0:8080", auth: "keys" };
    expect(loadConfig({ flags, environment: {} }).http.host).toBe("0.0.0.0");
  });

  test.each([
    [{ auth: "oidc" }, "--auth oidc needs --oidc-issuer"],
    [{ auth: "oidc", oidcIssuer: "https://a.example" }, "--auth oidc needs --oidc-audience"],
    [{ auth: "keys", oidcIssuer: "https://a.example" }, "--oidc-issuer has no effect without"],
    [{ oidcIssuer: "http://a.example" }, "allowed is an https:// address"],
    [{ corsOrigins: "https://a.example,b.example" }, "allowed is a list of origins"],
    [{ corsOrigins: "https://a.example/" }, "allowed is a list of origins"],
  ])("refuses %j, saying what is missing", (flags, message) => {
    expect(fault(() => loadConfig({ flags, environment: {} }))).toContain(message);
  });

  test("has a flag, a variable and help for every setting", () => {
    for (const { flag, variable, help } of SETTING_NAMES) {
      expect(flag).toMatch(/^--[a-z-]+$/);
      expect(variable).toMatch(/^TIDEMARK_[A-Z_]+$/);
      expect(help).not.toBe("");
    }
  });
});
