import { parseLine } from '../../src/sources/log/parse-line.ts';
import { nodeFileSystem } from '../../src/sources/tail/file-system.ts';
import { LogTail } from '../../src/sources/tail/tail.ts';

/* Reads the log that is named from its start to its end, as the exporter does, and says what it found: the peer of `mtail --one_shot`. */
const [path = ''] = process.argv.slice(2);
const found = new Map<string, number>();
const tail = new LogTail({
  path,
  fileSystem: nodeFileSystem,
  // It came after we did: all of it counts.
  watchingSinceWallMs: 0,
  onLines: ({ lines }) => {
    for (const line of lines) {
      const event = parseLine(line);
      if (event !== null) found.set(event.kind, (found.get(event.kind) ?? 0) + 1);
    }
  },
});
for (;;) {
  const look = await tail.look({ monoMs: performance.now(), wallMs: Date.now() });
  if (!look.readable) throw new Error(look.error.message);
  if (!look.more) break;
}
await tail.close();
process.stdout.write(`${JSON.stringify(Object.fromEntries(found))}\n`);
