/** Nothing that a test process starts outlives it, even if it is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { isRunning } from "./process-tree.ts";

/** Starts a process below a process, as a database does, and says who and where they are. */
const STARTER = `
  import { guardedFolder } from "${new URL("guard.ts", import.meta.url).href}";
  import { ServerProcess } from "${new URL("server-process.ts", import.meta.url).href}";
  const folder = guardedFolder("guard-test");
  const args = ["-c", "sleep 600 & echo $!; wait"];
  const started = ServerProcess.start({ command: "sh", args, folder, logFile: folder + "/log" });
  await started.until(() => started.log().endsWith("\\n"));
  console.log([started.pid, started.log().trim(), folder].join(" "));
  if (process.argv[1] === "paused") await started.pause();
  console.log("ready");
  setInterval(() => undefined, 1000);
`;

test.each(["running", "paused"])(
  "a test process that is killed takes along what it started, %s or not",
  async (state) => {
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const starter = spawn(process.execPath, ["--input-type=module", "-e", STARTER, state], {
      cwd,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: starter.stdout })[Symbol.asyncIterator]();
    const [server, below, folder] = String((await lines.next()).value).split(" ");
    expect((await lines.next()).value).toBe("ready");
    starter.kill("SIGKILL");
    await once(starter, "exit");
    // The guard is another process, whose end nobody tells us.
    while (existsSync(`${folder}`)) await sleep(5);
    expect([Number(server), Number(below)].filter(isRunning)).toEqual([]);
  },
);
