/* The public API of the package. */

export {
  DatabaseConsumerEndpoint,
  type DatabaseConsumerEndpointProps,
  type Provider,
} from './consumer/database-consumer-endpoint.ts';
export { AutomaticAcceptance, type AutomaticAcceptanceProps } from './endpoint-service/automatic-acceptance.ts';
export {
  DatabaseEndpointService,
  type DatabaseEndpointServiceProps,
  type PrivateDnsVerification,
} from './endpoint-service/database-endpoint-service.ts';
export { DatabaseListener, type DatabaseListenerProps } from './endpoint-service/database-listener.ts';
export {
  type ISharedEndpointService,
  SharedEndpointService,
  type SharedEndpointServiceProps,
} from './endpoint-service/shared-endpoint-service.ts';
export type { WarmStandbyProps } from './endpoint-service/warm-standby.ts';
export { type InsideVpcProps, Placement } from './placement/placement.ts';
export { PrivateApiAccess, type PrivateApiAccessProps } from './placement/private-api-access.ts';
export { ReconcilerAlarms, type ReconcilerAlarmsProps } from './reconciler/alarms.ts';
export { ReconcilerDashboard, type ReconcilerDashboardProps } from './reconciler/dashboard.ts';
export {
  type ClusterReference,
  FollowedDatabase,
  type HostnameReference,
  type InstanceReference,
  type KnownEndpoint,
} from './reconciler/followed-database.ts';
export type { IReconcilerMetrics } from './reconciler/metrics.ts';
export type { NotifyFailoversProps } from './reconciler/notices.ts';
export type { ProbeProps } from './reconciler/probe.ts';
export { TargetReconciler, type TargetReconcilerProps } from './reconciler/target-reconciler.ts';
export {
  DatabaseResourceGateway,
  type DatabaseResourceGatewayProps,
} from './resource-gateway/database-resource-gateway.ts';
