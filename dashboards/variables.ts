import { DATA_SOURCE } from './query.ts';
import { dashboard } from './sdk.ts';

type DatasourceVariable = InstanceType<typeof dashboard.DatasourceVariableBuilder>;
type QueryVariable = InstanceType<typeof dashboard.QueryVariableBuilder>;

const TARGETS = 'job=~"$job", instance=~"$instance"';

/** Which Prometheus. */
export function datasourceVariable(): DatasourceVariable {
  return new dashboard.DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type('prometheus')
    .multi(false)
    .includeAll(false);
}

interface LabelVariable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** A metric that each of its values is on. */
  readonly from: string;
  /** Beyond one value, all of them may be chosen, and are at first. */
  readonly hasAll: boolean;
}

function labelVariable({ name, label, description, from, hasAll }: LabelVariable): QueryVariable {
  const query = `label_values(${from}, ${name})`;
  const variable = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATA_SOURCE)
    .query(query)
    .definition(query)
    // Several may be chosen of each, also where one is meant: only then does Grafana escape what a regular expression
    // would read differently, and names of machines are full of dots and apostrophes.
    .multi(true)
    .includeAll(hasAll)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalCaseInsensitiveAsc);
  return hasAll
    ? variable.allValue('.+').current({ selected: true, text: ['All'], value: ['$__all'] })
    : variable;
}

/** Which exporters, by Prometheus's labels, and which gateways. */
export function targetVariables(): QueryVariable[] {
  return [
    labelVariable({
      name: 'job',
      label: 'Job',
      description: 'Scrape jobs of the exporter',
      from: 'openclaw_nodehost_exporter_build_info',
      hasAll: true,
    }),
    labelVariable({
      name: 'instance',
      label: 'Instance',
      description: 'Exporters',
      from: 'openclaw_nodehost_exporter_build_info{job=~"$job"}',
      hasAll: true,
    }),
    labelVariable({
      name: 'gateway',
      label: 'Gateway',
      description: 'Gateways, as their exporters dial them',
      from: `openclaw_nodehost_gateway_nodes{${TARGETS}}`,
      hasAll: true,
    }),
  ];
}

/** Which node hosts; all of them or one. */
export function nodeHostVariable(which: 'any' | 'one'): QueryVariable {
  return labelVariable({
    name: 'node_host',
    label: 'Node host',
    description: which === 'any' ? 'Node hosts' : 'Choose one; of several the worst is shown',
    from: `openclaw_nodehost_info{${TARGETS}, gateway=~"$gateway", kind="node-host"}`,
    hasAll: which === 'any',
  });
}
