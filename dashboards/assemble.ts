import {
  ClassicDashboardBuilder,
  dashboard,
  type Builder,
  type ClassicDashboard,
  type Panel,
} from './sdk.ts';

type DashboardBuilder = InstanceType<typeof ClassicDashboardBuilder>;

interface Placeable extends Builder<Panel> {
  id(id: number): this;
}

/** A heading and what is under it, from left to right and wrapped at 24 columns. */
export interface Section {
  /** Absent for what stands on top. */
  readonly title?: string;
  readonly panels: readonly Placeable[];
}

export interface DashboardParts {
  readonly title: string;
  readonly uid: string;
  readonly description: string;
  readonly sections: readonly Section[];
  readonly variables: Parameters<DashboardBuilder['variables']>[0];
  readonly annotations: Parameters<DashboardBuilder['annotations']>[0];
  readonly link: Parameters<DashboardBuilder['link']>[0];
}

/** Puts the parts together; ids count up in reading order. */
export function assemble({ title, uid, description, sections, ...parts }: DashboardParts): ClassicDashboard {
  const builder = new ClassicDashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['openclaw', 'openclaw-nodehost'])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .refresh('30s')
    .variables(parts.variables)
    .annotations(parts.annotations)
    .link(parts.link);
  let id = 0;
  for (const section of sections) {
    if (section.title !== undefined) builder.withRow(new dashboard.RowBuilder(section.title).id(++id));
    for (const panel of section.panels) builder.withPanel(panel.id(++id));
  }
  return builder.build();
}
