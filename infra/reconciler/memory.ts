/*
 * In a file of its own, so that scripts read it without CDK. Lambda gives a function a share of a processor with its memory, and at
 * 1,769 MB one whole vCPU ("Configure Lambda function memory", Lambda guide). A failover meets a cold failover function, and clients wait
 * for its first check; for a drift check no client waits.
 */

/** Memory by default, MB. */
export const memoryMb = { failover: 1769, drift: 256 } as const;
