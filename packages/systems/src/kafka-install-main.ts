/** `npm run systems`: brings what tests start and no system package has. */
import { installKafka } from "./kafka-install.ts";

try {
  const { folder } = await installKafka();
  console.log(`Kafka is in ${folder}`);
} catch (error) {
  console.error(`tidemark: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
