/** When the outage begins. */
export const outageMs = 10_000;

/** A cache may show an old answer for so long. */
export const ttlMs = 5000;

export const clusterHost = 'orders.cluster-example.eu-central-1.rds.amazonaws.com';
export const endpointHost = 'orders.example.eu-central-1.rds.amazonaws.com';
export const proxyHost = 'orders.proxy-example.eu-central-1.rds.amazonaws.com';
