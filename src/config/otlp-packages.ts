import { codeOf } from '../runtime/error-parts.ts';

/** Of the optional packages those that everything else of OpenTelemetry needs; they come, or are left out, together. */
const NEEDED = ['@opentelemetry/sdk-node', '@opentelemetry/configuration'] as const;

/** The first package that sending needs and this installation lacks. Loads none of them. */
export function missingOtlpPackage(
  resolve: (name: string) => unknown = (name) => import.meta.resolve(name),
): string | undefined {
  return NEEDED.find((name) => {
    try {
      resolve(name);
      return false;
    } catch (error: unknown) {
      if (codeOf(error) === 'ERR_MODULE_NOT_FOUND') return true;
      throw error;
    }
  });
}
