import { parseViewpoints } from './exporter/viewpoints.ts';
import type { RunOptions } from './run.ts';

/** A world in which the exporter once said what was not so. */
export interface FailedSeed {
  readonly seed: string;
  readonly options: RunOptions;
  /** What was found there. */
  readonly found: string;
}

const OFTEN: RunOptions = { trouble: 'often', wishes: { gateways: 1 } };
const NAMED: RunOptions = { trouble: 'often', wishes: { gateways: 1, naming: 'named' } };
const ANY: RunOptions = { trouble: 'often', wishes: {} };
const ALONE: RunOptions = { trouble: 'often', wishes: { gateways: 1, hosts: 1 } };

/** All that ever failed. A change of the simulator makes other worlds of them; they cost little and stay. */
export const FAILED_SEEDS: readonly FailedSeed[] = [
  { seed: '1-1', options: OFTEN, found: 'futile survives the restart of the node host' },
  { seed: '1-2', options: OFTEN, found: 'half-open connections after a sleep are zombies' },
  { seed: '1-8', options: OFTEN, found: 'silent in the moment of its close' },
  { seed: '1-9', options: OFTEN, found: 'a SYN that is repeated 64 s apart is a zombie' },
  { seed: '1-13', options: OFTEN, found: 'silent in the moment of its close' },
  { seed: 'b-13', options: OFTEN, found: 'alive by the row of another' },
  { seed: 'b-16', options: OFTEN, found: 'the healthy one of two unnamed ones is a zombie' },
  { seed: 'b-37', options: OFTEN, found: 'an old refusal stays after its repair' },
  { seed: 'b-49', options: OFTEN, found: 'probe time-outs never expire' },
  { seed: 'b-58', options: OFTEN, found: 'a hang before the first dial is missed by the row of another' },
  { seed: 'b-69', options: OFTEN, found: 'parked without a log is a zombie' },
  { seed: 'a-14', options: NAMED, found: 'a deaf gateway’s node host is silent before its time' },
  { seed: 'a-15', options: NAMED, found: 'alive though its row has gone' },
  { seed: 'a-30', options: NAMED, found: 'a deaf gateway’s node host is silent where nobody sees it dial' },
  { seed: 'a-36', options: NAMED, found: 'a wrong certificate is futile' },
  { seed: 'a-44', options: NAMED, found: 'approved and taken back is still approved' },
  { seed: 'a-47', options: NAMED, found: 'a close while it computes makes it silent' },
  { seed: 'a-48', options: NAMED, found: 'a remote one is wedged by probes of our own sleep' },
  { seed: 'a-63', options: NAMED, found: 'an old refusal hides that it is gone' },
  { seed: 'c-26', options: ALONE, found: 'stopped for seconds after it goes on' },
  { seed: 'c-40', options: ALONE, found: 'a refusal out of the history of the log hides that it is gone' },
  { seed: 't1-10', options: ANY, found: 'a ghost’s row is taken for one without a name, for good' },
  { seed: 't1-43', options: ANY, found: 'the healthy one of two is a zombie by the row of the other' },
  {
    seed: 't1-79',
    options: ANY,
    found: 'one that belongs to no gateway is claimed by the first that has its name',
  },
  { seed: 't2-70', options: ANY, found: 'a close that nobody answers is silence' },
  { seed: 't2-96', options: ANY, found: 'a session that just began is another’s' },
  { seed: 't3-75', options: ANY, found: 'a connect right after the start is the predecessor’s' },
  { seed: 't4-27', options: ANY, found: 'a proxy that refuses WebSockets makes zombies' },
  { seed: 't5-83', options: ANY, found: 'a name that is unique only until the other one is seen' },
  { seed: 't6-4', options: ANY, found: 'twins that were taken for each other stay so' },
  { seed: 't7-23', options: ANY, found: 'a session from before its connection makes it alive' },
  { seed: 't9-55', options: ANY, found: 'who computed long ago is waited for' },
  { seed: 't9-56', options: ANY, found: 'a session from before a refusal lifts it' },
  { seed: 't11-70', options: ANY, found: 'gone and approved since is blocked' },
  { seed: 'u1-188', options: ANY, found: 'a session of ours proves that dials get through' },
  { seed: 'u1-260', options: ANY, found: 'an approval is missed by one whose row was gone' },
  { seed: 'u1-378', options: ANY, found: 'futile by the gateway’s own address' },
  { seed: 'u2-89', options: ANY, found: 'a hang in the kernel is waited for where nobody tries its way' },
  { seed: 'u3-78', options: ANY, found: 'gone is a deaf gateway’s long after that came back' },
  { seed: 'u3-100', options: ANY, found: 'down while a short life between two looks was not seen' },
  { seed: 'u2-62', options: ANY, found: 'approved in the moment of its end is parked' },
  { seed: 'u2-241', options: ANY, found: 'down while the supervisor waits after a life that nobody saw' },
  { seed: 'u2-257', options: ANY, found: 'a dial that outlasts a sleep is silence where nobody sees it' },
  { seed: 'v1-86', options: ANY, found: 'a line read after a stall takes the successor’s session away' },
  { seed: 'v2-73', options: ANY, found: 'one that hangs keeps its session by its log' },
  { seed: 'v2-149', options: ANY, found: 'futile by a tunnel that nobody had tried while it was dead' },
  {
    seed: 'u1-168',
    options: ANY,
    found: 'blocked by what the history of its log says of the process before it',
  },
  { seed: 'v5-94', options: ANY, found: 'attached by a connection that a frozen gateway left open' },
  { seed: 'v5-135', options: ANY, found: 'silent while its timers stood still' },
  { seed: 'v5-138', options: ANY, found: 'down at once when a second start ends' },
  { seed: 'v5-239', options: ANY, found: 'silent at its start by what its predecessor met' },
  { seed: 'v5-274', options: ANY, found: 'a refusal right after a quick start is the predecessor’s' },
  { seed: 'v6-151', options: ANY, found: 'a lock-out is forgotten when one that hung in it ends' },
  { seed: 'v6-181', options: ANY, found: 'a remote one is wedged by probes that its gateway slept through' },
  { seed: 'v6-193', options: ANY, found: 'a refusal is as old as the day on which it parked' },
  { seed: 'w2-224', options: ANY, found: 'half-open from before we looked is silence' },
  { seed: 'v3-246', options: ANY, found: 'refusals make the failures that follow them futile' },
  { seed: 'v3-289', options: ANY, found: 'an approval is forgotten over a sleep' },
  { seed: 'v4-132', options: ANY, found: 'wedged by the probes of the row that was its own before' },
  {
    seed: 'v4-285',
    options: ANY,
    found: 'one that ends with each attempt is waited for where nobody can try its way',
  },
  {
    seed: 'w1-39',
    options: ANY,
    found: 'another’s session is taken for its own when its pairing is removed',
  },
  { seed: 'w1-177', options: ANY, found: 'ambiguous though only one is called as it is' },
  {
    seed: 'w1-286',
    options: ANY,
    found: 'down after a restart of the exporter, before its log told of the refusal',
  },
  { seed: 'w1-306', options: ANY, found: 'silent by the exporter’s own way, which is not its own' },
  {
    seed: 'w1-364',
    options: ANY,
    found: 'down after a restart of the exporter, though its supervisor starts it again',
  },
  { seed: 'w1-422', options: ANY, found: 'a lock-out is waited for over a sleep' },
  { seed: 'w1-433', options: ANY, found: 'silent while it waits for a disk' },
  {
    seed: 'w1-519',
    options: ANY,
    found: 'an older row of its name stands in for a pairing that was removed',
  },
  {
    seed: 'w1-532',
    options: ANY,
    found: 'a half-open connection is silence where its connect was read after a stall',
  },
  {
    seed: 'w2-74',
    options: ANY,
    found: 'wedged by what was said of the process before the exporter restarted',
  },
  { seed: 'w2-278', options: ANY, found: 'a session that began after the last look is another’s' },
  { seed: 'w2-398', options: ANY, found: 'gateway-deaf for ten seconds after it answers' },
  { seed: 'w2-585', options: ANY, found: 'attached by what an earlier run read of the process before' },
  { seed: 'w2-615', options: ANY, found: 'a connect right before a stop is the next process’s' },
  { seed: 'v3-139', options: ANY, found: 'refuted by the age of a session after the clock was set' },
  { seed: 'v6-320', options: ANY, found: 'a connect after a stop, read after a stall, is nobody’s' },
  {
    seed: 'a1-25',
    options: ANY,
    found: 'one of two without sockets is ambiguous, though its log says that it lost its connection',
  },
  { seed: 'a1-164', options: ANY, found: 'a dial that was there before we looked is a session' },
  { seed: 'a3-42', options: ANY, found: 'wedged by a way that was open for a moment' },
  {
    seed: 'a3-59',
    options: ANY,
    found: 'a lock-out begins anew, once the clock was set back and the exporter restarted',
  },
  { seed: 'a3-294', options: ANY, found: 'down though the one before the one that hung was refused' },
  { seed: 'a3-414', options: ANY, found: 'silent while a tunnel waits to send again' },
  { seed: 'a3-740', options: ANY, found: 'silent by a connection whose end its log has just told' },
  { seed: 'a4-212', options: ANY, found: 'parked, read after a stall, is silent' },
  { seed: 'a4-241', options: ANY, found: 'one that ends with each refusal is blocked as long as it lives' },
  {
    seed: 'a4-423',
    options: ANY,
    found: 'a neighbour’s session is taken for that of one whose pairing is removed',
  },
  { seed: 'a4-474', options: ANY, found: 'still loading by the first look of an exporter that came later' },
  {
    seed: 'a5-163',
    options: ANY,
    found: 'twins are taken for each other before the second one was looked at',
  },
  { seed: 'a5-191', options: ANY, found: 'a row that comes back to the list is nobody’s' },
  {
    seed: 'a5-727',
    options: ANY,
    found: 'the age of a connection that opened while nobody looked refutes its session',
  },
  { seed: 'a6-414', options: ANY, found: 'blocked by the history of a log, though it kept its connection' },
  { seed: 'a6-442', options: ANY, found: 'never attached, after a restart of the exporter and a sleep' },
  { seed: 'a6-693', options: ANY, found: 'a dial that stood still in a sleep is a session' },
  { seed: 'a7-11', options: ANY, found: 'never attached, though its log tells of a session that nobody saw' },
  { seed: 'a7-598', options: ANY, found: 'the session of one that was not looked at yet is another’s' },
  {
    seed: 'a6-305',
    options: ANY,
    found: 'blocked by an older refusal, though it kept its connection, its version unknown',
  },
  { seed: 'a7-633', options: ANY, found: 'a connection that opened in a sleep is silence' },
  { seed: 'a8-14', options: ANY, found: 'down though it was refused in a life that nobody saw' },
  { seed: 'a8-54', options: ANY, found: 'silent while it waits for an answer to its close' },
  {
    seed: 'a8-136',
    options: ANY,
    found: 'a connection that a deaf gateway kept open begins its backoff anew',
  },
  { seed: 'a8-141', options: ANY, found: 'silent by attempts that were read late' },
  { seed: 'a9-95', options: ANY, found: 'refused again and again, by a slow gateway, is futile' },
  { seed: 'a9-374', options: ANY, found: 'parked though it dials' },
  { seed: 'b1-92', options: ANY, found: 'futile right after the restart that was to cure it' },
  { seed: 'c1-238', options: ANY, found: 'approved in the second in which it parked is never told' },
  { seed: 'c-92', options: ALONE, found: 'a mute peer is hidden by an older refusal' },
];

/** Worlds that every `npm test` makes, besides those that failed: some hours of each kind. */
export const FIXED_WORLDS: readonly { readonly seed: string; readonly options: RunOptions }[] = [
  { seed: 'fixed-1', options: { trouble: 'often', wishes: { viewpoints: parseViewpoints('all') } } },
  { seed: 'fixed-2', options: { trouble: 'often', wishes: { viewpoints: parseViewpoints('no-log') } } },
  {
    seed: 'fixed-3',
    options: { trouble: 'often', wishes: { viewpoints: parseViewpoints('no-credential') } },
  },
  { seed: 'fixed-4', options: { trouble: 'often', wishes: { viewpoints: parseViewpoints('no-socket') } } },
];
