import type { Service, SourceErrorKind, SupervisorStanding } from '../../core/index.ts';
import type { ProgramAnswer } from '../../runtime/run-program.ts';

/** Why nothing could be learned of a service. */
export interface AskError {
  readonly kind: SourceErrorKind;
  readonly message: string;
  /** There is no such manager or service here to ask, as opposed to one that does not answer. */
  readonly isAbsent: boolean;
}

export type ServiceAnswer =
  | {
      readonly kind: 'known';
      readonly standing: SupervisorStanding;
      readonly restarts?: number;
      /** The service that answered, where that is the same one in another domain than was asked for. */
      readonly service?: Service;
      /** What a person should know of how it is supervised. */
      readonly note?: string;
    }
  | { readonly kind: 'error'; readonly error: AskError };

/** Asks a service manager about one service. Never rejects; `signal` gives up on the answer. */
export type AskServiceManager = (service: Service, signal: AbortSignal) => Promise<ServiceAnswer>;

/** A manager, or a service, that does not answer. */
export function noAnswer(kind: SourceErrorKind, message: string): ServiceAnswer {
  return { kind: 'error', error: { kind, message, isAbsent: false } };
}

/** There is nobody to ask. */
export function nobodyToAsk(kind: SourceErrorKind, message: string): ServiceAnswer {
  return { kind: 'error', error: { kind, message, isAbsent: true } };
}

/** Why there is no answer: the program that asks for it did not end by itself. */
export function programFailed(
  program: string,
  about: string,
  answer: Exclude<ProgramAnswer, { kind: 'ended' }>,
): ServiceAnswer {
  switch (answer.kind) {
    case 'late':
      return noAnswer('timeout', `${program} gave no answer on ${about} in time`);
    case 'missing':
      return nobodyToAsk('unsupported', `${program}: no such program`);
    case 'failed':
      return noAnswer('other', `${program} on ${about}: ${answer.why}`);
    default:
      return answer satisfies never;
  }
}

/** The answer of a manager to a question about another manager's service. */
export function foreignService({ manager }: Service): ServiceAnswer {
  return nobodyToAsk('unsupported', `there is no ${manager} on this system`);
}
