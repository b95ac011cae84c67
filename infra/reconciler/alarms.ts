import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { limits } from '../config/limits.ts';
import { letServicePublish } from '../placement/access.ts';
import { durationProblems, wholeProblems } from '../placement/checks.ts';
import { placeProblems } from '../placement/places.ts';
import { type Condition, createAlarm } from './alarm.ts';
import { type AlarmId, alarmCatalogue, alarmIds } from './alarm-catalogue.ts';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import { type IReconcilerMetrics, knowsLoadBalancer } from './metrics.ts';

export interface ReconcilerAlarmsProps extends AlarmThresholds {
  /** A `TargetReconciler`. */
  readonly reconciler: IReconcilerMetrics;
  /** The database's name; alarm names start with it. */
  readonly databaseName: string;
  /**
   * The group whose health is watched. An imported one has to know its load balancer:
   * `NetworkTargetGroup.fromTargetGroupAttributes(…, { targetGroupArn, loadBalancerArns })`.
   *
   * @default - no alarm on healthy targets; the same for an imported group without `loadBalancerArns`
   */
  readonly targetGroup?: elbv2.INetworkTargetGroup;
  /**
   * Whether the standby is registered too: one unhealthy target is normal then, and two healthy ones are an alarm.
   *
   * @default false
   */
  readonly warmStandby?: boolean;
  /**
   * Notified when an alarm rings and when it is over.
   *
   * @default - the alarms notify no topic
   */
  readonly alarmTopic?: sns.ITopic;
  /**
   * Notified in place of `alarmTopic` by the alarms that can wait until the morning: those of severity Medium and Low.
   *
   * @default - they notify `alarmTopic`
   */
  readonly lowSeverityTopic?: sns.ITopic;
  /**
   * Where the runbook is; a description ends with this and `#section`.
   *
   * @default - its address in the repository that package.json names; without one the description names the file
   */
  readonly runbookUrl?: string;
  /**
   * What alarm names start with.
   *
   * @default - the database's name
   */
  readonly namePrefix?: string;
}

/** There when the load balancer is known; the second with a warm standby. */
type OnHealth = 'noHealthyTarget' | 'twoHealthyTargets';

/** Each alarm by its id. */
export type ReconcilerAlarmSet = Readonly<
  Record<Exclude<AlarmId, OnHealth>, cloudwatch.Alarm> & { [Id in OnHealth]?: cloudwatch.Alarm }
>;

/** The alarms of one database. Names, severities and descriptions: infra/reconciler/alarm-catalogue.ts. */
export class ReconcilerAlarms extends Construct {
  readonly alarms: ReconcilerAlarmSet;

  constructor(scope: Construct, id: string, props: ReconcilerAlarmsProps) {
    super(scope, id);
    const topics = { alarmTopic: props.alarmTopic, lowSeverityTopic: props.lowSeverityTopic };
    const problems = [
      ...problemsOf(props),
      ...Object.entries(topics).flatMap(([name, topic]) =>
        placeProblems(this, name, topic?.topicArn, { inAnyAccount: true }),
      ),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    const { databaseName, runbookUrl, alarmTopic, lowSeverityTopic = alarmTopic } = props;
    const about = { databaseName, runbookUrl, namePrefix: `${props.namePrefix ?? databaseName}-` };
    const actions = new Map(
      [...new Set([alarmTopic, lowSeverityTopic])].flatMap((topic) => (topic ? [[topic, this.actionOf(topic)]] : [])),
    );
    const known = alarmIds.flatMap((alarmId) => {
      const entry = alarmCatalogue[alarmId];
      const condition: Condition | undefined = entry.condition(props);
      if (!condition) return [];
      const topic = entry.severity === 'High' ? alarmTopic : lowSeverityTopic;
      const alarmAction = topic && actions.get(topic);
      const name = `${alarmId.charAt(0).toUpperCase()}${alarmId.slice(1)}`;
      return [[alarmId, createAlarm(this, name, entry, { ...about, alarmAction }, condition)] as const];
    });
    this.alarms = Object.fromEntries(known) as ReconcilerAlarmSet;
    // After the first registration: an alarm for which missing data is bad would ring at once.
    this.node.addDependency(props.reconciler);
  }

  private actionOf(topic: sns.ITopic): SnsAction {
    letServicePublish(this, topic, {
      service: 'cloudwatch.amazonaws.com',
      source: { service: 'cloudwatch', resource: 'alarm:*' },
    });
    return new SnsAction(topic);
  }
}

/** Thresholds in schedule periods, and thresholds of alarms that there may not be. */
const inPeriods = ['driftPersistsFor', 'heldFor', 'noSuccessFor'] as const;
const ofGroup = ['noHealthyTargetFor', 'twoHealthyTargetsFor'] as const;

/** Everything that is wrong with the thresholds, at once. */
function problemsOf(props: ReconcilerAlarmsProps): string[] {
  const { reconciler, targetGroup, warmStandby } = props;
  const period = reconciler.metricDrift().period.toMinutes();
  const minutesOf = (name: (typeof inPeriods)[number]) => props[name]?.toMinutes({ integral: false }) ?? period;
  const needs = {
    noHealthyTargetFor:
      targetGroup && knowsLoadBalancer(targetGroup) ? '' : 'a targetGroup that knows its load balancer',
    twoHealthyTargetsFor: warmStandby ? '' : 'warmStandby',
  };
  return [
    ...[...inPeriods, ...ofGroup].flatMap((name) =>
      durationProblems(name, props[name], 'minutes', limits.alarmMinutes),
    ),
    ...inPeriods.flatMap((name) =>
      minutesOf(name) >= 1 && minutesOf(name) < period
        ? [`${name} is ${minutesOf(name)} minutes; allowed: at least ${period}, the schedule of the reconciler`]
        : [],
    ),
    ...ofGroup.flatMap((name) =>
      props[name] && needs[name]
        ? [`${name} is given; allowed: nothing without ${needs[name]}: there is no such alarm`]
        : [],
    ),
    ...wholeProblems('errorMinutes', props.errorMinutes, limits.errorPeriods),
  ];
}
