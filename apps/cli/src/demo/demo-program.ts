/** The demo's pipeline. */

/** Its name. */
export const PIPELINE = "flights";

/** Its program: one table with a file connector, one plain view, one that aggregates into a file. */
export function demoProgram(files: { readonly input: string; readonly output: string }): string {
  const input = [
    {
      name: "file",
      transport: { name: "file_input", config: { path: files.input, follow: true } },
      format: { name: "json", config: { update_format: "raw" } },
      paused: true,
    },
  ];
  const output = [
    {
      name: "csv",
      transport: { name: "file_output", config: { path: files.output } },
      format: { name: "csv" },
    },
  ];
  return `-- Flights of a quarter of 2001: minutes of delay, miles of distance, hour of departure.
CREATE TABLE flights (
  delay INT NOT NULL,
  distance INT NOT NULL,
  "time" DOUBLE NOT NULL
) WITH (
  'materialized' = 'true',
  'connectors' = '${literal(input)}'
);

CREATE MATERIALIZED VIEW late_flights AS
SELECT delay, distance, "time" FROM flights WHERE delay > 120;

CREATE MATERIALIZED VIEW delay_by_hour WITH (
  'connectors' = '${literal(output)}'
) AS
SELECT CAST(floor("time") AS INT) AS departure_hour, count(*) AS flights, CAST(round(avg(delay), 1) AS DOUBLE) AS average_delay
FROM flights GROUP BY CAST(floor("time") AS INT);
`;
}

function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", "''");
}
