/** A formatted value, in parts: Grafana draws the suffix smaller than the number. */
export interface FormattedValue {
  readonly text: string;
  readonly prefix?: string;
  readonly suffix?: string;
}

/** What a format may depend on besides the value. */
export interface FormatContext {
  readonly decimals?: number;
  readonly nowMs: number;
  /** IANA name, such as `UTC`; absent: that of the browser. */
  readonly timeZone?: string;
}

type Format = (value: number, context: FormatContext) => FormattedValue;

/** A number with these decimals, or with as many as its size deserves. */
function toFixed(value: number, decimals: number | undefined): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value.toLocaleString('en-US');
  const places = decimals ?? decimalsFor(value);
  if (value === 0) return value.toFixed(places);
  const factor = places > 0 ? 10 ** places : 1;
  const rounded = String(Math.round(value * factor) / factor);
  if (rounded.includes('e')) return rounded;
  const present = rounded.includes('.') ? rounded.length - rounded.indexOf('.') - 1 : 0;
  if (present >= places) return rounded;
  return `${rounded}${present === 0 ? '.' : ''}${'0'.repeat(places - present)}`;
}

/** About three significant digits; none for an integer. */
function decimalsFor(value: number): number {
  if (Number.isInteger(value)) return 0;
  const magnitude = -Math.floor(Math.log(Math.abs(value)) / Math.LN10) + 1;
  const norm = Math.abs(value) / 10 ** -magnitude;
  return Math.max(0, norm > 2.25 ? magnitude + 1 : magnitude);
}

const plain: Format = (value, { decimals }) => ({ text: toFixed(value, decimals) });

function withSuffix(suffix: string): Format {
  return (value, { decimals }) => ({ text: toFixed(value, decimals), suffix });
}

/** Divides by the factor until the number is small, and says so by the unit. */
function scaled(factor: number, units: readonly string[], ending = ''): Format {
  return (value, { decimals }) => {
    if (!Number.isFinite(value)) return { text: toFixed(value, decimals) };
    const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / Math.log10(factor));
    const index = Math.min(Math.max(exponent, 0), units.length - 1);
    return { text: toFixed(value / factor ** index, decimals), suffix: `${units[index] ?? ''}${ending}` };
  };
}

const COUNTED = ['', 'K', 'M', 'B', 'T'];

/** A unit of time: for what is shorter than `below`, by what to multiply, and whether it has a plural. */
interface TimeUnit {
  readonly below: number;
  readonly times: number;
  readonly name: string;
  readonly hasPlural: boolean;
}

const SECONDS: readonly TimeUnit[] = [
  { below: 1e-6, times: 1e9, name: ' ns', hasPlural: false },
  { below: 1e-3, times: 1e6, name: ' µs', hasPlural: false },
  { below: 1, times: 1e3, name: ' ms', hasPlural: false },
  { below: 60, times: 1, name: ' s', hasPlural: false },
  { below: 3_600, times: 1 / 60, name: ' min', hasPlural: true },
  { below: 86_400, times: 1 / 3_600, name: ' hour', hasPlural: true },
  { below: 604_800, times: 1 / 86_400, name: ' day', hasPlural: true },
  { below: 31_536_000, times: 1 / 604_800, name: ' week', hasPlural: true },
  { below: Number.POSITIVE_INFINITY, times: 1 / 31_556_900, name: ' year', hasPlural: true },
];

/** In Grafana, milliseconds have no weeks, and another year. */
const MILLISECONDS: readonly TimeUnit[] = [
  { below: 1_000, times: 1, name: ' ms', hasPlural: false },
  { below: 60_000, times: 1 / 1_000, name: ' s', hasPlural: false },
  { below: 3_600_000, times: 1 / 60_000, name: ' min', hasPlural: true },
  { below: 86_400_000, times: 1 / 3_600_000, name: ' hour', hasPlural: true },
  { below: 31_536_000_000, times: 1 / 86_400_000, name: ' day', hasPlural: true },
  { below: Number.POSITIVE_INFINITY, times: 1 / 31_536_000_000, name: ' year', hasPlural: true },
];

/** In the greatest unit that the time fills. */
function timeIn(units: readonly TimeUnit[], value: number, decimals: number | undefined): FormattedValue {
  const unit = units.find(({ below }) => Math.abs(value) < below) ?? units.at(-1);
  if (unit === undefined) throw new RangeError('a time needs a unit');
  const amount = value * unit.times;
  const plural = unit.hasPlural && Math.abs(amount) > 1 ? 's' : '';
  return { text: toFixed(amount, decimals), suffix: `${unit.name}${plural}` };
}

const seconds: Format = (value, { decimals }) =>
  value === 0 ? { text: '0', suffix: ' s' } : timeIn(SECONDS, value, decimals);

const milliseconds: Format = (value, { decimals }) => timeIn(MILLISECONDS, value, decimals);

const DURATION_UNITS = [
  { name: 'year', size: 31_536_000 },
  { name: 'month', size: 2_592_000 },
  { name: 'week', size: 604_800 },
  { name: 'day', size: 86_400 },
  { name: 'hour', size: 3_600 },
  { name: 'minute', size: 60 },
  { name: 'second', size: 1 },
  { name: 'millisecond', size: 0.001 },
] as const;

/** In words, the greatest unit and as many more as there are decimals. */
const durationWords: Format = (value, context) => {
  if (value === 0) return { text: '0', suffix: ' seconds' };
  if (value < 0) return { ...durationWords(-value, context), suffix: ' ago' };
  let rest = value * 1_000;
  const parts: string[] = [];
  for (const { name, size } of DURATION_UNITS) {
    if (parts.length > (context.decimals ?? 0)) break;
    const length = size * 1_000;
    if (rest < length && parts.length === 0) continue;
    const count = Math.floor(rest / length);
    parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    rest %= length;
  }
  return { text: parts.join(', ') };
};

const hoursMinutesSeconds: Format = (value, context) => {
  if (value < 0) return { ...hoursMinutesSeconds(-value, context), suffix: ' ago' };
  const parts = [Math.floor(value / 3_600), Math.floor((value % 3_600) / 60), Math.floor(value % 60)];
  return { text: parts.map((part) => String(part).padStart(2, '0')).join(':') };
};

const daysHoursMinutesSeconds: Format = (value, context) => {
  if (value < 0) return { ...daysHoursMinutesSeconds(-value, context), suffix: ' ago' };
  const days = Math.floor(value / 86_400);
  const { text } = hoursMinutesSeconds(value - days * 86_400, context);
  return { text: days > 0 ? `${days} d ${text}` : text };
};

/** How long ago, in the words and by the limits of moment.js, which Grafana uses. */
const fromNow: Format = (value, { nowMs }) => {
  const ms = nowMs - value;
  const words = lengthWords(Math.abs(ms));
  return { text: ms < 0 ? `in ${words}` : `${words} ago` };
};

function lengthWords(ms: number): string {
  const secondCount = Math.round(ms / 1_000);
  const minutes = Math.round(ms / 60_000);
  const hours = Math.round(ms / 3_600_000);
  const days = Math.round(ms / 86_400_000);
  const months = Math.round((ms / 86_400_000) * (4_800 / 146_097));
  const years = Math.round(((ms / 86_400_000) * (4_800 / 146_097)) / 12);
  if (secondCount < 45) return 'a few seconds';
  if (minutes <= 1) return 'a minute';
  if (minutes < 45) return `${minutes} minutes`;
  if (hours <= 1) return 'an hour';
  if (hours < 22) return `${hours} hours`;
  if (days <= 1) return 'a day';
  if (days < 26) return `${days} days`;
  if (months <= 1) return 'a month';
  if (months < 11) return `${months} months`;
  return years <= 1 ? 'a year' : `${years} years`;
}

const dateTime: Format = (value, { timeZone }) => {
  if (!Number.isFinite(value)) return { text: 'Invalid date' };
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...(timeZone === undefined ? {} : { timeZone }),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(value);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return {
    text: `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`,
  };
};

function boolean(yes: string, no: string): Format {
  return (value) => ({ text: value === 0 ? no : yes });
}

function counted(unit: string): Format {
  return scaled(1_000, COUNTED, ` ${unit}`);
}

/** Every unit of Grafana that is understood here, by the id that a dashboard gives. */
const FORMATS = {
  none: plain,
  string: (value) => ({ text: String(value) }),
  short: scaled(1_000, ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint', ' Sext', ' Sept']),
  percent: withSuffix('%'),
  percentunit: (value, { decimals }) => ({ text: toFixed(100 * value, decimals), suffix: '%' }),
  bytes: scaled(
    1_024,
    ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'].map((prefix) => ` ${prefix}B`),
  ),
  s: seconds,
  ms: milliseconds,
  dtdurations: durationWords,
  dthms: hoursMinutesSeconds,
  dtdhms: daysHoursMinutesSeconds,
  dateTimeAsIso: dateTime,
  dateTimeAsSystem: dateTime,
  dateTimeFromNow: fromNow,
  cps: counted('c/s'),
  ops: counted('ops/s'),
  reqps: counted('req/s'),
  eps: counted('evt/s'),
  cpm: counted('c/m'),
  opm: counted('ops/m'),
  bool: boolean('True', 'False'),
  bool_yes_no: boolean('Yes', 'No'),
  bool_on_off: boolean('On', 'Off'),
} satisfies Record<string, Format>;

export type Unit = keyof typeof FORMATS;

export const UNITS: ReadonlySet<string> = new Set(Object.keys(FORMATS));

/** The value in its unit. */
export function formatValue(value: number, unit: Unit, context: FormatContext): FormattedValue {
  return FORMATS[unit](value, context);
}

/** Whether a value of this unit is a time, ms since 1970. */
export function isTimeUnit(unit: Unit): boolean {
  return unit === 'dateTimeAsIso' || unit === 'dateTimeAsSystem' || unit === 'dateTimeFromNow';
}

export function formattedText({ prefix = '', text, suffix = '' }: FormattedValue): string {
  return `${prefix}${text}${suffix}`;
}
