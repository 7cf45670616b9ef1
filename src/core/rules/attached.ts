import { assessment, type Assessment } from './assessment.ts';
import type { RowView } from './row-view.ts';
import type { LocalContext } from './context.ts';

/** Row 4 of the verdict table. */
export function assessAttached({ attachment, row }: LocalContext): Assessment | undefined {
  if (attachment.attached !== true) return undefined;
  if (row !== undefined && isWithheld(row)) return AWAITING_APPROVAL;
  switch (attachment.by) {
    case 'gateway':
      return ATTACHED;
    case 'socket':
      return attached(
        'attached-by-socket',
        'its connection has outlived every connect deadline and the gateway answers',
      );
    case 'log':
      return attached('attached-by-log', 'its log says connected and the gateway answers');
    default:
      return attachment satisfies never;
  }
}

/** The verdict on one that is attached, by the viewpoint that says so. */
function attached(reason: 'attached' | 'attached-by-socket' | 'attached-by-log', why: string): Assessment {
  return { state: 'alive', reasons: [reason], why, ready: true };
}

/** Attached, by the word of its gateway. */
export const ATTACHED = attached('attached', 'the gateway holds a live session of it');

/** Attached, and of no use before an operator says yes. */
export const AWAITING_APPROVAL: Assessment = assessment(
  'alive',
  ['attached', 'awaiting-approval'],
  'attached, but the gateway withholds its commands until an operator approves them',
);

/** Whether the gateway keeps all commands of an attached node back. */
export function isWithheld({ row }: RowView): boolean {
  return row.approvalState !== undefined && row.approvalState !== 'approved' && (row.commandCount ?? 0) === 0;
}
