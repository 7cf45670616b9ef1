import { sendSignal } from '../harness/managed-process.ts';
import { pause, type Scene } from './scene.ts';

/** What befalls the exporter that is not left alone, while anything else may be wrong. */
export interface ExporterFault {
  readonly name: string;
  readonly weight: number;
  readonly run: (scene: Scene) => Promise<void>;
}

export const EXPORTER_FAULTS: readonly ExporterFault[] = [
  {
    name: 'exporter killed and started again',
    weight: 3,
    async run({ stage: { troubled }, random }) {
      troubled.endLife();
      await troubled.exporter.end('SIGKILL');
      await pause(random.logBetween(0.1, 40));
      await troubled.exporter.launch();
      troubled.beginLife();
    },
  },
  {
    name: 'exporter stopped (SIGSTOP)',
    weight: 2,
    async run({ stage: { troubled }, random }) {
      troubled.endLife();
      sendSignal(troubled.exporter.pid, 'SIGSTOP');
      await pause(random.logBetween(1, 40));
      sendSignal(troubled.exporter.pid, 'SIGCONT');
      troubled.beginLife();
    },
  },
];
