/** A real OpenTelemetry meter, and what it has counted. */

import type { Meter } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, onTestFinished } from 'vitest'

export interface TestMeter {
  readonly meter: Meter
  /** Each figure by its name and attributes, as `sync.pulls outcome=busy`. */
  readonly figures: () => Promise<Record<string, unknown>>
  readonly units: () => Promise<Record<string, string>>
}

export function startMeter(): TestMeter {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  // It exports when it is asked to.
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 3_600_000,
  })
  const provider = new MeterProvider({ readers: [reader] })
  onTestFinished(() => provider.shutdown())

  async function collect() {
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([])
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)
  }

  return {
    meter: provider.getMeter('sync'),

    async figures() {
      const points = (await collect()).flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => {
          const labels = Object.entries(attributes).map(([name, of]) => `${name}=${String(of)}`)
          return [[descriptor.name, ...labels].join(' '), value] as const
        }),
      )
      return Object.fromEntries(points)
    },

    async units() {
      const all = await collect()
      return Object.fromEntries(all.map(({ descriptor }) => [descriptor.name, descriptor.unit]))
    },
  }
}
