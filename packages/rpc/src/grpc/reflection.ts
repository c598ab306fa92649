/** Standard reflection of a gRPC server, from the descriptors that the generated code carries. */

import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { service as healthService } from "grpc-health-check";

/** Adds `grpc.reflection.v1` and `v1alpha` for these services and for health. */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const files = [...services.reduce(withDependencies, new Set<DescFile>())];
  const ours = files.map((file) => Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)));
  const health = Object.values(healthService).flatMap(
    ({ requestType }) => requestType.fileDescriptorProtos,
  );
  const definition = {
    format: "Protocol Buffer 3 EnumDescriptorProto" as const,
    type: {},
    fileDescriptorProtos: [...ours, ...health],
  };
  new ReflectionService({ files: definition }).addToServer(server);
}

function withDependencies(
  found: Set<DescFile>,
  { file }: { readonly file: DescFile },
): typeof found {
  if (!found.has(file)) {
    found.add(file);
    for (const dependency of file.dependencies) withDependencies(found, { file: dependency });
  }
  return found;
}
