import type { DatabaseView, InstanceView } from './view.ts';

// Answers of the API that AWS gives in passing and nobody expects; for `overrideApiView`.

const bendInstances =
  (bend: (instance: InstanceView) => InstanceView) =>
  (view: DatabaseView): DatabaseView => ({ ...view, instances: view.instances.map(bend) });

/** Every member is a reader, as in the middle of a failover. */
export const noWriter = bendInstances((instance) => ({ ...instance, isWriter: false }));

/** Every member claims to be the writer. */
export const twoWriters = bendInstances((instance) => ({ ...instance, isWriter: true }));

/** The writer is listed and has no endpoint, as while AWS creates it. */
export const writerWithoutEndpoint = bendInstances((instance) => {
  if (!instance.isWriter) return instance;
  const { endpoint: _, ...rest } = instance;
  return { ...rest, status: 'creating' };
});

/** Nothing is listed: the database was deleted. */
export const deleted = (_: DatabaseView): DatabaseView => ({ instances: [] });
