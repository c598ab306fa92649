/**
 * The version of the documented API that the facade answers as. Clients compare it with their own,
 * and warn where the two differ.
 */
export const CONTRACT_VERSION = "0.337.0";
