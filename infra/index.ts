/* The public API of the package. */

export { AutomaticAcceptance, type AutomaticAcceptanceProps } from './automatic-acceptance.ts';
export {
  DatabaseConsumerEndpoint,
  type DatabaseConsumerEndpointProps,
  type Provider,
} from './database-consumer-endpoint.ts';
export { DatabaseEndpointService, type PrivateDnsVerification } from './database-endpoint-service.ts';
export type { DatabaseEndpointServiceProps } from './database-endpoint-service-props.ts';
export { DatabaseResourceGateway, type DatabaseResourceGatewayProps } from './database-resource-gateway.ts';
export {
  type ClusterReference,
  FollowedDatabase,
  type HostnameReference,
  type InstanceReference,
  type KnownEndpoint,
} from './followed-database.ts';
export { type InsideVpcProps, Placement } from './placement.ts';
export { PrivateApiAccess, type PrivateApiAccessProps } from './private-api-access.ts';
export { ReconcilerAlarms, type ReconcilerAlarmsProps } from './reconciler-alarms.ts';
export { ReconcilerDashboard, type ReconcilerDashboardProps } from './reconciler-dashboard.ts';
export type { IReconcilerMetrics } from './reconciler-metrics.ts';
export { TargetReconciler, type TargetReconcilerProps } from './target-reconciler.ts';
