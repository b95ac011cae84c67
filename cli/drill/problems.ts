import { type DrillRecord, ofKind } from './record.ts';
import { isInSync } from './sample.ts';

type Finished = Omit<DrillRecord, 'problems'>;

/** What is wrong in the end; empty when all is as it should be. */
export function problemsOf(record: Finished): readonly string[] {
  const { outcome, requestedAt } = record;
  if (outcome === 'interrupted' && requestedAt === undefined)
    return ['interrupted before the failover: nothing was failed over'];
  return [
    outcome === 'interrupted'
      ? 'interrupted: a failover that was asked for goes on; what follows is the state at the end'
      : '',
    ...stateProblems(record),
    ...writeProblems(record),
    ...invocationProblems(record),
  ].filter(Boolean);
}

function stateProblems({ before, after, targets, writer, client, outcome }: Finished): string[] {
  const port = Number(writer.slice(writer.lastIndexOf(':') + 1));
  const isOpen = client.outages.some(({ firstWriteAt }) => firstWriteAt === undefined);
  return [
    after.dns === before.dns && outcome !== 'interrupted'
      ? `the writer is still at ${writer}: there was no failover`
      : '',
    isInSync(after, port) ? '' : `the group holds ${targets.join(', ') || 'nothing'}; the writer is at ${writer}`,
    isOpen ? 'the client was not served again' : '',
    outcome === 'not-recovered' ? 'not everything was well for long enough before the deadline' : '',
  ];
}

const writeProblems = ({ writes, probe }: Finished): string[] => {
  if (!writes) return probe === 'tcp' ? [] : ['the rows could not be counted: whether a write was lost is not known'];
  const lost = writes.lost.slice(0, 10).join(', ');
  return [writes.lost.length > 0 ? `${writes.lost.length} acknowledged writes are lost: ${lost}` : ''];
};

function invocationProblems({ observations }: Finished): string[] {
  const failed = ofKind(observations, 'invocation').filter(({ outcome }) => outcome === 'failed');
  return [failed.length > 0 ? `${failed.length} invocations failed: ${failed[0]?.summary}` : ''];
}
