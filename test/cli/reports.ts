import type { Report } from '../../lib/domain.ts';

export const healthy = [{ target: '10.0.1.10:5432', state: 'healthy' }] as const;

export const shifted = [{ target: '10.0.2.10:5432', state: 'healthy', override: 'zonal_shift_active' }] as const;

export const unhealthy = [{ target: '10.0.1.10:5432', state: 'unhealthy' }] as const;

export const reportOf = (more: Partial<Report>): Report => ({
  database: 'orders',
  trigger: { kind: 'manual', action: 'status' },
  outcome: 'in-sync',
  registered: [],
  deregistered: [],
  stale: [],
  passes: 1,
  durationMs: 1,
  ...more,
});
