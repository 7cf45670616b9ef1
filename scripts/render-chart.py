"""Lints and renders a Helm chart with Helm's own library: prints {"lint": …, "manifests": {template: text}} as JSON.

    $HELM_PYTHON scripts/render-chart.py <chart> <release> [<values as JSON>]
"""

import json
import sys

from helm_python.chart import Chart, lint

path, name, *rest = sys.argv[1:]
values = json.loads(rest[0]) if rest else None
findings = lint(path, values, strict=True)
manifests = Chart.load(path).render(values, name=name, namespace="openclaw")
print(json.dumps({"lint": findings, "manifests": manifests}))
