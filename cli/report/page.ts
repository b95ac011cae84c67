import type { DrillRecord } from '../drill/record.ts';
export const reportHtml = (record: DrillRecord): string => JSON.stringify(record);
