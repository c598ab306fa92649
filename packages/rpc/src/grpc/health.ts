/** Standard health of a gRPC server: serving exactly while the service is ready. */

import { type Server, type UntypedHandleCall } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { Writable } from "node:stream";

const REFRESH_MS = 1000;

/** The health of a server. */
export interface Health {
  /** Tells watchers that it serves no more, and ends their streams. */
  stop(): void;
}

/** Adds `grpc.health.v1` for the server as a whole and for each service. */
export function addHealth(
  server: Server,
  services: readonly string[],
  isReady: () => boolean,
): Health {
  const health = new HealthImplementation();
  const watchers = new Set<Writable>();
  let stopped = false;
  let shown: boolean | undefined;
  const refresh = (): void => {
    const serving = !stopped && isReady();
    if (serving === shown) return;
    shown = serving;
    for (const name of ["", ...services]) {
      health.setStatus(name, serving ? "SERVING" : "NOT_SERVING");
    }
  };
  // Readiness is asked for at every call, and for those who watch from time to time besides.
  const fresh =
    (handle: UntypedHandleCall): UntypedHandleCall =>
    (...given: readonly unknown[]) => {
      refresh();
      const [call] = given;
      if (call instanceof Writable) {
        watchers.add(call);
        call.once("cancelled", () => watchers.delete(call));
      }
      Reflect.apply(handle, undefined, given);
    };
  health.addToServer({
    addService(definition, methods) {
      const handles = Object.entries(methods).map(([name, handle]) => [name, fresh(handle)]);
      server.addService(definition, Object.fromEntries(handles));
    },
  });
  const timer = setInterval(refresh, REFRESH_MS);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      refresh();
      for (const watcher of watchers) watcher.end();
    },
  };
}
