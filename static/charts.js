/* Seraph: pictures on the pages of analysis. A figure holds its data as JSON and an empty .plot:
     <figure class="chart" data-chart="whale"><div class="plot"></div><script type="application/json">…</script></figure>
   Colours come from the tokens, so light and dark need no second palette here.
   Tooltips are drawn on the canvas (richText): HTML ones carry style attributes, which our CSP refuses. */
(() => {
  "use strict";
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (token) => { probe.style.color = `var(--${token})`; return getComputedStyle(probe).color; };
  const fade = (rgb, alpha) => rgb.replace(/rgba?\(([^)]+)\)/, (_, parts) => `rgba(${parts.split(/[ ,/]+/).slice(0, 3).join(",")},${alpha})`);
  const language = document.documentElement.lang || "en";
  const currency = document.documentElement.dataset.currency || "EUR";
  const money = (value) => new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 0 }).format(value).replace("-", "−");
  const short = (value) => new Intl.NumberFormat(language, { notation: "compact", style: "currency", currency, maximumFractionDigits: 1 }).format(value).replace("-", "−");
  const percent = (value, digits = 0) => `${new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value).replace("-", "−")} %`;

  /* decals: the second sign beside colour. Angel plain, between dots, demon strokes */
  const decals = (ink) => ({
    angel: { symbol: "none" },
    between: { symbol: "circle", symbolSize: 0.55, color: ink, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0] },
    demon: { symbol: "rect", symbolSize: 1, color: ink, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
  });

  const frame = () => ({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 250,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12, color: colour("ink-2") },
    aria: { enabled: true, label: { enabled: false } },          // the second signs; the words are the page’s own
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("raised"), borderColor: colour("edge"), borderWidth: 1,
      padding: [8, 10], textStyle: { color: colour("ink"), fontSize: 12, lineHeight: 18 }, axisPointer: { lineStyle: { color: colour("rim"), type: "solid" } } },
  });
  const axis = (extra) => ({ axisLine: { lineStyle: { color: colour("edge") } }, axisTick: { show: false },
    splitLine: { lineStyle: { color: colour("chart-grid") } }, axisLabel: { color: colour("ink-3"), fontSize: 12 },
    nameTextStyle: { color: colour("ink-3"), fontSize: 12 }, ...extra });

  const charts = {
    /* whale curve: a rising part and a falling one. Clients stand by profit, angels by margin, so angel and
       between mix on the way up and only demons have a ground of their own. Peak and end are named on the line. */
    whale(data, box) {
      const small = box.clientWidth < 480;
      const height = (value) => (data.unit === "money" ? money(value) : percent(value, 1));
      const lowest = Math.min(0, ...data.points.map((point) => point[1])), highest = Math.max(...data.points.map((point) => point[1]));
      const paint = { earn: colour("chart-1"), demon: colour("chart-3") };
      const marks = decals(fade(colour("chart-3"), 0.55));
      const part = (name, from, to) => ({
        type: "line", name, data: data.points.filter(([x]) => x >= from && x <= to), showSymbol: false, smooth: false,
        lineStyle: { width: 2.25, color: paint[name] }, itemStyle: { color: paint[name], decal: name === "demon" ? marks.demon : marks.angel },
        areaStyle: { color: fade(paint[name], name === "demon" ? 0.2 : 0.09), opacity: 1 }, emphasis: { disabled: true },
      });
      const [peakX, peakY] = data.peak;
      const earn = part("earn", 0, data.demonsStart);
      if (data.unit !== "money") earn.markLine = { silent: true, symbol: "none", label: { show: !small, formatter: data.words.all, position: "insideMiddleTop", color: colour("ink-3"), fontSize: 12, distance: 4 },
        lineStyle: { color: colour("rim"), type: [4, 4] }, data: [{ yAxis: 100 }] };
      const names = {
        type: "custom", silent: true, tooltip: { show: false }, z: 5,
        data: [[peakX, peakY, 0], ...(data.lost > 0 ? [[100, data.points.at(-1)[1], 1]] : [])],
        renderItem(params, api) {
          const [x, y] = api.coord([api.value(0), api.value(1)]);
          const atPeak = api.value(2) === 0;
          const tone = atPeak ? colour("ink") : colour("bad-ink");
          const lines = atPeak ? [`${data.words.peak} ${height(peakY)}`, data.words.clients] : [data.words.back, money(-data.lost)];
          return { type: "group", children: [
            { type: "circle", shape: { cx: x, cy: y, r: 4 }, style: { fill: colour("surface"), stroke: tone, lineWidth: 2 } },
            { type: "text", style: { text: lines.join("\n"), x: atPeak ? x : x - 8, y: atPeak ? y - 10 : y + 16, textAlign: atPeak ? "center" : "right", textVerticalAlign: atPeak ? "bottom" : "top", font: `600 12px ${getComputedStyle(document.body).fontFamily}`, lineHeight: 16, fill: tone, ...(atPeak ? {} : { backgroundColor: colour("surface"), borderRadius: 4, padding: [3, 6] }) } },
          ] };
        },
      };
      return { ...frame(), grid: { left: 0, right: 18, top: 30, bottom: small ? 2 : 24, containLabel: true },
        tooltip: { ...frame().tooltip, formatter: (rows) => { const [x, y, name, , profit] = rows[0].value; return `${name ? `${name}: ${money(profit)}\n` : ""}${percent(x, 1)} ${data.words.ofClients}\n${height(y)} ${data.words.ofProfit}`; } },
        xAxis: axis({ type: "value", max: 100, name: small ? "" : data.words.axis, nameLocation: "middle", nameGap: 26, axisLabel: { color: colour("ink-3"), formatter: (v) => percent(v) }, splitLine: { show: false } }),
        yAxis: axis({ type: "value", axisLine: { show: false }, axisLabel: { color: colour("ink-3"), formatter: (v) => (data.unit === "money" ? money(v) : percent(v)) },
          ...(data.unit === "money" || highest > 500 ? {} : { min: Math.floor(lowest / 25) * 25, max: Math.ceil((highest + 5) / 25) * 25, interval: 50 }) }),
        series: [earn, part("demon", data.demonsStart, 100), names] };
    },

    /* waterfall: from revenue down to profit; every bar says its figure, minus costs hang from the step before */
    waterfall(data) {
      const pen = document.createElement("canvas").getContext("2d");
      pen.font = `650 12px ${getComputedStyle(document.body).fontFamily}`;
      const room = 9 + Math.ceil(Math.max(...data.steps.map(({ value }) => pen.measureText(money(value)).width)));   /* for the longest figure behind its bar */
      let level = 0;
      const bars = data.steps.map(({ name, value, total }, i) => {
        const from = total ? 0 : level, to = total ? value : level + value;
        level = to;
        return [i, from, to, value, total ? 1 : 0];
      });
      const paint = (value) => (value < 0 ? colour("chart-3") : colour("chart-2"));
      const marks = decals(fade(colour("surface"), 0.55));
      const lows = bars.map(([, a, b]) => Math.min(a, b)), highs = bars.map(([, a, b]) => Math.max(a, b));
      return { ...frame(), grid: { left: 0, right: room, top: 2, bottom: 0, containLabel: true },
        tooltip: { ...frame().tooltip, trigger: "item", formatter: ({ value }) => `${data.steps[value[0]].name}\n${money(value[3])}` },
        xAxis: axis({ type: "value", min: Math.min(0, ...lows) * 1.5, max: Math.max(...highs), axisLabel: { show: false }, splitLine: { show: false }, axisLine: { show: false } }),
        yAxis: axis({ type: "category", inverse: true, data: data.steps.map((s) => s.name), axisLine: { show: false }, axisLabel: { color: colour("ink-2"), fontSize: 12, margin: 10 } }),
        series: [{ type: "custom", encode: { x: [1, 2], y: 0 }, data: bars,
          renderItem(params, api) {
            const [i, from, to, value, total] = [0, 1, 2, 3, 4].map((k) => api.value(k));
            const [xa, y] = api.coord([from, i]); const [xb] = api.coord([to, i]);
            const tall = Math.min(20, api.size([0, 1])[1] * 0.62);
            const fill = i === 0 ? colour("chart-1") : total ? paint(value) : colour("chart-5");
            const ends = Math.max(xa, xb);
            return { type: "group", children: [
              { type: "rect", shape: { x: Math.min(xa, xb), y: y - tall / 2, width: Math.max(1.5, Math.abs(xb - xa)), height: tall, r: 2 }, style: { fill, decal: total && value < 0 ? marks.demon : undefined } },
              ...(i < bars.length - 1 ? [{ type: "line", shape: { x1: xb, x2: xb, y1: y + tall / 2, y2: api.coord([0, i + 1])[1] - tall / 2 }, style: { stroke: colour("rim"), lineWidth: 1 } }] : []),
              { type: "text", style: { text: money(value), x: ends + 7, y, textVerticalAlign: "middle", fill: total && value < 0 ? colour("bad-ink") : colour("ink"), backgroundColor: colour("surface"), font: `${total ? 650 : 450} 12px ${getComputedStyle(document.body).fontFamily}` } },
            ] };
          } },
          { type: "line", data: [], markLine: { z: 1, silent: true, symbol: "none", animation: false, data: [{ xAxis: 0 }], label: { show: false }, lineStyle: { color: colour("rim"), type: "solid", width: 1 } } }] };
    },

    /* scatter: what each client bought against what it earned; shape and lightness tell the verdict as well as colour */
    scatter(data) {
      const tone = { angel: colour("chart-2"), between: colour("chart-5"), demon: colour("chart-3") };
      const sign = { angel: "circle", between: "emptyCircle", demon: "diamond" };
      const series = Object.keys(tone).map((verdict) => ({
        type: "line", name: data.words[verdict], lineStyle: { width: 0 }, itemStyle: { color: tone[verdict] }, symbol: sign[verdict], symbolSize: 7, showAllSymbol: true,
        data: data.points.filter((point) => point[2] === verdict),
      }));
      return { ...frame(), grid: { left: 0, right: 18, top: 14, bottom: 24, containLabel: true },
        tooltip: { ...frame().tooltip, trigger: "item", formatter: ({ value: [revenue, profit, , name] }) => `${name}\n${data.words.revenue}: ${money(revenue)}\n${data.words.profit}: ${money(profit)}` },
        xAxis: axis({ type: "value", name: data.words.revenue, nameLocation: "middle", nameGap: 26, splitLine: { show: false }, axisLabel: { color: colour("ink-3"), hideOverlap: true, formatter: short } }),
        yAxis: axis({ type: "value", axisLine: { show: false }, axisLabel: { color: colour("ink-3"), formatter: short } }),
        series };
    },

    /* payback: profit of one client won, added up month by month, until it reaches the line of what winning it cost */
    payback(data, box) {
      const small = box.clientWidth < 480;
      const line = colour("chart-1"), points = [[0, 0, 0], ...data.points];
      const ups = points.map(([, up]) => up), top = Math.max(data.cost * 1.1, ...ups, 1), low = Math.min(...ups);
      const power = 10 ** Math.floor(Math.log10(Math.max(top, -low))), parts = Math.max(top, -low) / power, step = parts <= 2 ? power / 2 : parts <= 5 ? power : power * 2;
      const paid = points.filter(([month]) => month > 0 && month === data.paid);
      return { ...frame(), grid: { left: 0, right: 18, top: 30, bottom: small ? 2 : 24, containLabel: true },
        tooltip: { ...frame().tooltip, formatter: (rows) => { const [month, up, clients] = rows[0].value; return month ? `${data.words.month} ${month}\n${data.words.earned}: ${money(up)}\n${data.words.clients}: ${clients}` : data.words.costs; } },
        xAxis: axis({ type: "value", min: 0, max: Math.max(3, data.points.length), minInterval: 1, name: small ? "" : data.words.axis, nameLocation: "middle", nameGap: 26, splitLine: { show: false } }),
        yAxis: axis({ type: "value", axisLine: { show: false }, min: Math.floor(low / step) * step, max: Math.ceil(top / step) * step, interval: step, axisLabel: { color: colour("ink-3"), formatter: short } }),
        series: [{ type: "line", data: points, symbol: "circle", symbolSize: 5, showAllSymbol: true, lineStyle: { width: 2.25, color: line }, itemStyle: { color: line }, areaStyle: { color: fade(line, 0.09), opacity: 1 }, emphasis: { disabled: true },
          markLine: { silent: true, symbol: "none", data: data.cost > 0 ? [{ yAxis: data.cost }] : [], lineStyle: { color: colour("chart-3"), type: [4, 4], width: 1.5 },
            label: { formatter: data.words.costs, position: paid.length ? "insideEndBottom" : "insideEndTop", color: colour("ink-2"), fontSize: 12, distance: 5 } } },
          { type: "line", silent: true, data: paid, symbol: "circle", symbolSize: 9, showAllSymbol: true, tooltip: { show: false }, z: 5, itemStyle: { color: colour("surface"), borderColor: colour("ink"), borderWidth: 2 },
            label: { show: true, formatter: data.words.paid, position: [14, 6], align: "left", color: colour("ink"), fontWeight: 600, fontSize: 12 } }] };
    },
  };

  /* where a click on a picture leads: to the client nearest to it */
  const addresses = {
    whale: (data, chart, event) => {
      if (!chart.containPixel("grid", [event.offsetX, event.offsetY])) return "";
      const [x] = chart.convertFromPixel({ seriesIndex: 0 }, [event.offsetX, event.offsetY]);
      return data.points.reduce((best, point) => (Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best))[3];
    },
    scatter: (data, chart, event) => {
      const near = data.points.map((point) => [point, Math.hypot(...chart.convertToPixel({ seriesIndex: 0 }, point.slice(0, 2)).map((at, i) => at - [event.offsetX, event.offsetY][i]))]);
      const [best, away] = near.reduce((one, other) => (other[1] < one[1] ? other : one), [[], Infinity]);
      return away < 16 ? best[4] : "";
    },
  };

  const read = (figure) => JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const draw = (figure) => {
    const plot = figure.querySelector(".plot"), data = read(figure), kind = figure.dataset.chart;
    let chart = echarts.getInstanceByDom(plot);
    if (!chart) {
      chart = echarts.init(plot, null, { renderer: "canvas" });
      chart.getZr().on("click", (event) => { const address = addresses[kind]?.(read(figure), chart, event); if (address) location.href = address; });
      watch.observe(plot);
    }
    chart.setOption(charts[kind](data, plot), true);
  };
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const chart = echarts.getInstanceByDom(target);
    if (!target.isConnected) { watch.unobserve(target); chart?.dispose(); return; }
    // an observer begins with a call: the picture was drawn at this size a moment ago
    if (!chart || (chart.getWidth() === target.clientWidth && chart.getHeight() === target.clientHeight)) return;
    chart.resize();
    draw(target.closest("[data-chart]"));
  }));
  const redraw = () => document.querySelectorAll("[data-chart]").forEach(draw);
  const drawNew = () => document.querySelectorAll("[data-chart]").forEach((figure) => {
    if (!echarts.getInstanceByDom(figure.querySelector(".plot"))) draw(figure);
  });
  document.fonts.ready.then(redraw);
  document.addEventListener("htmx:after:settle", drawNew);
  document.addEventListener("seraph:theme", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();
