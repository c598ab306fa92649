export { JwtError } from "./jwt-error.ts";
export { type JwtRules, type JwtVerifier, jwtVerifier } from "./jwt-verifier.ts";
