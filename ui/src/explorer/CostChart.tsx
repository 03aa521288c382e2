/** The stacked bars. Loaded apart from the page, as the chart library is its heaviest part. */
import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { JSX } from "react";
import { useEffect, useRef } from "react";
import { useTheme } from "../app/theme";
import { compare, forChart, sum, toText, ZERO } from "../money/decimal";
import { formatAxis, formatMoney } from "../money/format";
import { formatBucket } from "./dates";
import { colourOf } from "./palette";
import type { ChartData } from "./rows";
import { canName, displayName } from "./rows";

register([BarChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export interface CostChartProps {
  readonly data: ChartData;
  readonly units: string;
  /** The chart in words, for those who do not see it. */
  readonly description: string;
  /** Narrows to a group; absent where the report cannot be filtered by what it is grouped by. */
  readonly onPick: ((name: string) => void) | undefined;
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--pf-t--global--${name}`).trim();
}

function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The amounts of one bucket, biggest first; built as elements, so that a name is never read as HTML. */
function tooltip(data: ChartData, units: string, bucket: number): HTMLElement {
  const box = element("div", "ts-tooltip");
  box.append(element("strong", "", formatBucket(data.buckets[bucket] ?? "")));
  const amounts = data.series.map((series, index) => ({ series, index, cost: series.costs[bucket] ?? ZERO }));
  const shown = amounts.filter(({ cost }) => cost.units !== 0n).sort((a, b) => compare(b.cost, a.cost));
  const line = (name: string, cost: string, colour: string | null): HTMLElement => {
    const row = element("div", "ts-tooltip-line");
    const swatch = element("span", "ts-swatch");
    swatch.style.background = colour ?? "transparent";
    row.append(swatch, element("span", "ts-tooltip-name", name), element("span", "ts-number", cost));
    return row;
  };
  const money = (cost: typeof ZERO): string => formatMoney({ value: toText(cost), units });
  box.append(
    ...shown.map(({ series, index, cost }) => line(displayName(series), money(cost), colourOf(index, series.kind))),
  );
  box.append(line("Total", money(sum(amounts.map(({ cost }) => cost))), null));
  return box;
}

function optionOf(data: ChartData, units: string, description: string): EChartsCoreOption {
  const text = token("text--color--subtle");
  const surface = token("background--color--primary--default");
  const font = token("font--family--body");
  return {
    animationDuration: 250,
    textStyle: { fontFamily: font },
    aria: { enabled: true, label: { description } },
    grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      confine: true,
      backgroundColor: token("background--color--floating--default"),
      borderColor: token("border--color--default"),
      textStyle: { color: token("text--color--regular"), fontSize: 12 },
      formatter: (items: { dataIndex: number }[]) => tooltip(data, units, items[0]?.dataIndex ?? 0),
    },
    xAxis: {
      type: "category",
      data: data.buckets.map((bucket) => formatBucket(bucket)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: token("border--color--default") } },
      axisLabel: { color: text, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      axisLabel: { color: text, formatter: (value: number) => formatAxis(value, units) },
      splitLine: { lineStyle: { color: token("border--color--default"), opacity: 0.6 } },
    },
    series: data.series.map((series, index) => ({
      type: "bar",
      stack: "cost",
      name: series.name,
      data: series.costs.map(forChart),
      barMaxWidth: 56,
      barCategoryGap: "22%",
      cursor: canName(series) ? "pointer" : "default",
      itemStyle: { color: colourOf(index, series.kind), borderColor: surface, borderWidth: 0.5 },
      emphasis: { focus: "series" },
      blur: { itemStyle: { opacity: 0.35 } },
    })),
  };
}

export default function CostChart({ data, units, description, onPick }: CostChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const { theme } = useTheme();

  useEffect(() => {
    if (!box.current) return undefined;
    const made = init(box.current, null, { renderer: "svg" });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    // The theme's class is set in an effect of the shell, which runs after this one: read the colours a frame later.
    const frame = requestAnimationFrame(() => chart.current?.setOption(optionOf(data, units, description), true));
    return () => cancelAnimationFrame(frame);
  }, [data, units, description, theme]);

  useEffect(() => {
    const made = chart.current;
    const pick = (event: { seriesIndex?: number }): void => {
      const series = data.series[event.seriesIndex ?? -1];
      if (series && canName(series)) onPick?.(series.name);
    };
    made?.on("click", pick);
    return () => {
      made?.off("click", pick);
    };
  }, [data, onPick]);

  return <div ref={box} className="ts-chart" role="img" aria-label={description} />;
}
