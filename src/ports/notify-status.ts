/** Who is told by the exporter itself, where the configuration names them. */
export const NOTIFY_TARGETS = ['webhook', 'program', 'dead_man'] as const;
export type NotifyTarget = (typeof NOTIFY_TARGETS)[number];

/** Whether it took a message or a call. */
export const NOTIFY_OUTCOMES = ['delivered', 'failed'] as const;
export type NotifyOutcome = (typeof NOTIFY_OUTCOMES)[number];

/** Messages and calls to those that are told now, counted since this process started. */
export type NotifyCounts = ReadonlyMap<NotifyTarget, Readonly<Record<NotifyOutcome, number>>>;
