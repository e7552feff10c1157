"use strict";
/* Draws the timeline from the JSON above. Bands and names of phases are drawn anew whenever the
   width or the zoom changes, so that a name is there whenever it fits. */
(() => {
  const picture = JSON.parse(document.getElementById("picture").textContent);
  const nodes = picture.charts.map((chart) => document.getElementById("chart-" + chart.id));
  const row = 15; // px: one line of names above a chart; phases have one, faults another
  const rows = picture.faults.length ? 2 : 1;
  const margin = {l: 44, r: 8, t: 30 + row * rows, b: 28};
  const letter = 6.4; // px: a letter's width at the names' size, on the generous side
  const paper = {width: 688, height: 205}; // px: what A4 leaves between its margins
  let busy = false;

  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  const fitted = (text, pixels) => {
    const room = Math.floor(pixels / letter);
    if (text.length <= room) return text;
    return room > 3 ? text.slice(0, room - 1) + "…" : "";
  };

  // Plotly reads a little HTML in every text; names are not ours.
  const safe = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  const name = (x, above, text, ink) => ({
    x, y: 1, text, xref: "x", yref: "paper", showarrow: false, xanchor: "left", yanchor: "bottom",
    yshift: above, align: "left", borderpad: 0, font: {size: 11, color: colour(ink)},
  });

  const edge = (x, ink, dash) => ({
    type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, layer: "below",
    line: {color: colour(ink), width: 1, dash},
  });

  const bands = (range, width) => {
    const perPixel = (range[1] - range[0]) / Math.max(1, width - margin.l - margin.r);
    const shapes = [], annotations = [];
    const band = (each, ink) => shapes.push({
      type: "rect", xref: "x", yref: "paper", x0: each.from, x1: each.to, y0: 0, y1: 1,
      fillcolor: colour(ink), line: {width: 0}, layer: "below",
    });
    const called = (each, until, above, ink) => {
      const from = Math.max(each.from, range[0]), to = Math.min(until, range[1]);
      const text = from < to ? fitted(each.name, (to - from) / perPixel - 4) : "";
      if (text) annotations.push(name(from, above, safe(text), ink));
    };
    picture.phases.forEach((phase, i) => {
      if (i % 2) band(phase, "band");
      shapes.push(edge(phase.from, "rule", "solid"));
      called(phase, phase.to, row * (rows - 1), "quiet");
    });
    picture.faults.forEach((fault, i) => {
      band(fault, "fault");
      shapes.push(edge(fault.from, "fail", "dot"), edge(fault.to, "fail", "dot"));
      const next = picture.faults[i + 1];
      called(fault, next ? next.from : picture.end, 0, "fail");
    });
    return {shapes, annotations};
  };

  // A point between two gaps has no line to be seen by: it is drawn as a dot.
  const alone = (y) => y.map((value, i) =>
    (value !== null && (y[i - 1] ?? null) === null && (y[i + 1] ?? null) === null ? 4 : 0));

  const lines = (chart) => chart.traces.map((trace) => {
    const size = trace.goal ? [] : alone(trace.y);
    return {
      name: safe(trace.name), x: trace.x || chart.x, y: trace.y, connectgaps: false,
      mode: size.some(Boolean) ? "lines+markers" : "lines",
      hoverinfo: trace.goal ? "skip" : undefined,
      marker: {size, color: colour(trace.colour), line: {width: 0}},
      line: {color: colour(trace.colour), width: trace.dash === "solid" ? 1.8 : 1.4, dash: trace.dash},
    };
  });

  const layout = (chart, range, width, height) => ({
    width, height, margin, ...bands(range, width),
    paper_bgcolor: colour("paper"), plot_bgcolor: colour("paper"),
    font: {family: "system-ui, -apple-system, Segoe UI, Roboto, sans-serif", size: 12, color: colour("quiet")},
    showlegend: true,
    legend: {
      orientation: "h", x: 0, yanchor: "bottom",
      y: 1 + (row * rows + 2) / (height - margin.t - margin.b), font: {size: 12, color: colour("ink")},
      itemclick: false, itemdoubleclick: false, // no line can be hidden, by chance or by mouse alone
    },
    hovermode: "x unified", dragmode: "zoom",
    hoverlabel: {namelength: -1, bgcolor: colour("paper"), bordercolor: colour("rule"), font: {color: colour("ink")}},
    xaxis: {
      range: [...range], // a copy: plotly writes into the array it is given
      ticksuffix: " " + picture.unit, showticksuffix: "last", hoverformat: ".1f",
      gridcolor: colour("grid"), zeroline: false, linecolor: colour("rule"),
      spikecolor: colour("quiet"), spikethickness: 1, spikedash: "dot",
    },
    yaxis: {
      rangemode: "tozero", range: chart.top ? [0, chart.top * 1.04] : undefined, fixedrange: true,
      gridcolor: colour("grid"), zerolinecolor: colour("rule"), hoverformat: ",." + chart.digits + "f",
      nticks: 6,
    },
  });

  // To read the library is most of what opening the page would take: it waits for its first use.
  const library = () => {
    if (window.Plotly) return;
    const script = document.createElement("script");
    script.textContent = document.getElementById("plotly").textContent;
    document.head.append(script); // an inline script has run when this returns
  };

  const draw = (range, onPaper) => {
    busy = true;
    library();
    document.documentElement.toggleAttribute("data-paper", onPaper);
    const drawn = picture.charts.map((chart, i) => {
      const node = nodes[i];
      const {width, height} = onPaper ? paper : {width: node.clientWidth, height: node.clientHeight};
      return Plotly.react(
        node, lines(chart), layout(chart, range, width, height),
        {displayModeBar: false, doubleClick: false, showTips: false},
      );
    });
    return Promise.all(drawn).finally(() => { busy = false; });
  };

  const whole = [0, picture.end];
  let shown = whole, begun = false;
  const press = (range) => {
    for (const {button, of} of stretches)
      button.setAttribute("aria-pressed", String(of[0] === range[0] && of[1] === range[1]));
  };
  const show = (range) => {
    shown = range;
    press(range);
    return draw(shown, false);
  };

  // What the mouse does by dragging, the keyboard does by these.
  const stretches = [
    {name: "Whole run", from: 0, to: picture.end},
    ...picture.phases.filter((phase) => phase.to > phase.from),
  ].map((each) => {
    const button = document.createElement("button");
    const name = document.createElement("bdi");
    name.textContent = each.name;
    button.type = "button";
    button.append(name);
    const of = [each.from, Math.min(each.to, picture.end)];
    button.addEventListener("click", () => begin(show(of)));
    document.getElementById("stretches").append(button);
    return {button, of};
  });
  press(whole);
  const zoomed = (change) => {
    const from = change["xaxis.range[0]"], to = change["xaxis.range[1]"];
    if (!busy && from !== undefined) show([from, to]);
  };

  const begin = (drawing) => {
    if (begun) return;
    begun = true;
    near.disconnect();
    drawing.then(() => {
      for (const node of nodes) {
        node.on("plotly_relayout", zoomed);
        node.on("plotly_doubleclick", () => show(whole));
      }
      document.documentElement.dataset.charts = "drawn";
    });
  };
  const come = () => { if (!begun) begin(show(shown)); };
  const near = window.IntersectionObserver
    ? new IntersectionObserver(
      (seen) => { if (seen.some((each) => each.isIntersecting)) come(); }, {rootMargin: "100% 0%"},
    )
    : {observe: come, disconnect: () => {}}; // nothing tells what comes near: drawn at once
  near.observe(document.getElementById("timeline"));
  const again = () => { if (begun) draw(shown, false); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(again, 100); });
  addEventListener("beforeprint", () => begin(draw(whole, true)));
  addEventListener("afterprint", again);
})();
