/** The transports that a program may name, whether or not a server has them. */

/** Transports that read into tables. */
export const inputTransports: readonly string[] = [
  "file_input",
  "nats_input",
  "kafka_input",
  "pub_sub_input",
  "url_input",
  "s3_input",
  "delta_table_input",
  "postgres_input",
  "postgres_cdc_input",
  "redis_input",
  "iceberg_input",
  "datagen",
  "nexmark",
  "empty_input",
];

/** Transports that write from views. */
export const outputTransports: readonly string[] = [
  "file_output",
  "postgres_output",
  "kafka_output",
  "delta_table_output",
  "dynamodb_output",
  "redis_output",
  "null_output",
];

/** Transports whose entry may leave out `config`. */
export const configlessTransports: readonly string[] = ["empty_input", "null_output"];
