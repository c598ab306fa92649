export { type ConnectHandler, connectHandler } from "./connect/connect-handler.ts";
export { createGrpcServer, type GrpcServer, type GrpcServerOptions } from "./grpc/grpc-server.ts";
export { MAX_MESSAGE_BYTES, type RpcFault, type RpcOptions } from "./rpc-options.ts";
