/** When the outage begins. */
export const outageMs = 10_000;

/** A cache may show an old answer for so long. */
export const ttlMs = 5000;

/** What the database's interfaces carry, and another's instance as well. */
export const securityGroups = ['sg-0123456789abcdef0'];

/** What the two hosts of a Multi-AZ instance carry beside it. */
export const marker = 'sg-0123456789abcdef9';

/** Of another's instance, in the allowed ranges. The other address belongs to nothing that EC2 shows. */
export const strangers = ['10.0.77.77', '10.0.9.9'] as const;

export const clusterHost = 'orders.cluster-example.eu-central-1.rds.amazonaws.com';
export const endpointHost = 'orders.example.eu-central-1.rds.amazonaws.com';
export const proxyHost = 'orders.proxy-example.eu-central-1.rds.amazonaws.com';
