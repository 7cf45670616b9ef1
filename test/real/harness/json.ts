/** A JSON object of somebody else: every field must be looked at before use. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function parseObject(text: string): JsonObject {
  return asObject(JSON.parse(text) as unknown);
}

export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function asObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
