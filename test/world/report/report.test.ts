import { describe, expect, it } from 'vitest';
import { parseViewpoints } from '../exporter/viewpoints.ts';
import { runWorld } from '../run.ts';
import { sectionOf, withSection } from './marked-section.ts';
import { Tally } from './tally.ts';

describe('a section of a page', () => {
  it('is replaced where it stands, and added at the end where it does not', () => {
    const page = '# Page\n\ntext\n';
    const once = withSection(page, 'simulation', ['a']);
    expect(once).toBe('# Page\n\ntext\n\n<!-- simulation: begin -->\na\n<!-- simulation: end -->\n');
    expect(withSection(`${once}more\n`, 'simulation', ['b'])).toBe(
      '# Page\n\ntext\n\n<!-- simulation: begin -->\nb\n<!-- simulation: end -->\nmore\n',
    );
    expect(sectionOf(once, 'simulation')).toBe('<!-- simulation: begin -->\na\n<!-- simulation: end -->');
    expect(sectionOf(page, 'simulation')).toBe('');
  });
});

describe('viewpoints', () => {
  it('are named by what is missing', () => {
    expect(parseViewpoints('all').name).toBe('all');
    expect(parseViewpoints('all+probe').name).toBe('all + probe');
    expect(parseViewpoints('no-credential,no-log').name).toBe('no log, no credential');
    expect(() => parseViewpoints('no-eyes')).toThrow('no such viewpoint: no-eyes');
  });
});

describe('the tally', () => {
  it('tells of every world, of what was told, and how long it took', () => {
    const tally = new Tally();
    const options = {
      trouble: 'often',
      wishes: { viewpoints: parseViewpoints('all'), gateways: 1 },
    } as const;
    tally.add(runWorld('tally-0', options));
    tally.add(runWorld('tally-1', options));
    expect(tally.worlds).toBe(2);
    const page = tally
      .markdown({ seed: 'tally', versions: '2026.9.6', trouble: 'often', at: new Date(0) })
      .join('\n');
    expect(page).toContain('Run: 1970-01-01, OpenClaw 2026.9.6, seeds `tally-0` to `tally-1`, often');
    expect(page).toMatch(/\| stopped \| all \| \d+\.\d \| \d+\.\d \| \d+\.\d \| \d+ \|/);
  });
});
