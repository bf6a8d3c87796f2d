/// The look of pages: light or dark by the reader's preference, from the width of a phone up.
package enum PageStyle {
  /// The style sheet.
  package static let css = """
    :root {
      color-scheme: light dark;
      --page: #fcfcfb; --panel: #ffffff; --ink: #0b0b0b; --soft: #52514e; --line: #dddcd7;
      --first: #2a78d6; --second: #c2571a; --third: #7a7974; --fourth: #1f8a5b; --mark: #fff3c4;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #16161a; --panel: #1d1d22; --ink: #f2f2ef; --soft: #b4b3ae; --line: #3a3a40;
        --first: #6cabf5; --second: #f0955c; --third: #9b9a95; --fourth: #52c492; --mark: #4a3f12;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; background: var(--page);
      color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
    }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .75rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 0 0 .25rem; }
    h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; overflow-wrap: anywhere; }
    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .5rem 1.5rem; margin: 0; }
    .facts .long { grid-column: 1 / -1; }
    dt { color: var(--soft); font-size: .85rem; }
    dd { margin: 0; overflow-wrap: anywhere; }
    section { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; margin-top: 1.25rem; padding: 1rem; }
    .caption { color: var(--soft); font-size: .9rem; margin: 0 0 .75rem; max-width: 46rem; }
    .wide { overflow-x: auto; }
    .wide + .legend, .wide + .wide, .wide + .caption { margin-top: .75rem; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; vertical-align: baseline; white-space: nowrap; }
    th { color: var(--soft); font-weight: 600; }
    th:first-child, td:first-child, .text { text-align: left; }
    td.text { white-space: normal; overflow-wrap: anywhere; }
    .pair { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); }
    .pair table { width: 100%; }
    caption { color: var(--soft); font-size: .85rem; padding-bottom: .25rem; text-align: left; }
    tr.hit td { background: var(--mark); }
    .best { font-weight: 700; }
    .range { color: var(--soft); }
    svg { display: block; min-width: 34rem; width: 100%; height: auto; font-size: 12px; fill: var(--ink); }
    .axis { stroke: var(--line); stroke-width: 1; }
    .label { fill: var(--soft); }
    .halo { paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
    .first { fill: var(--first); stroke: var(--first); } .second { fill: var(--second); stroke: var(--second); }
    .third { fill: var(--third); stroke: var(--third); } .fourth { fill: var(--fourth); stroke: var(--fourth); }
    .curve { fill: none; stroke-width: 2; } .dashed { stroke-dasharray: 5 4; }
    .whisker { stroke-width: 2; } .bar { stroke: none; } .faint { fill-opacity: .35; stroke: none; }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 .5rem; padding: 0; list-style: none; font-size: .9rem; }
    .legend svg { display: inline-block; min-width: 0; width: .8rem; height: .8rem; margin-right: .4rem; }
    .grid { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); }
    .grid + .grid { margin-top: .75rem; }
    .grid.doubles { grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
    .double > div { display: grid; gap: .25rem; grid-template-columns: 1fr 1fr; align-items: start; }
    .target { font-weight: 600; } .rightly { color: var(--fourth); } .wrongly { color: var(--second); }
    .share { background: linear-gradient(to right, color-mix(in srgb, var(--first) 22%, transparent) calc(100% * var(--share)), transparent 0); min-width: 6rem; }
    .matrix td { text-align: center; min-width: 2.2rem; } .matrix td:first-child { text-align: left; }
    .matrix .right { background: color-mix(in srgb, var(--first) calc(70% * var(--share)), transparent); }
    .matrix .wrong { background: color-mix(in srgb, var(--second) calc(90% * var(--share)), transparent); }
    .matrix thead th:not(:first-child) { height: 6.5rem; padding: .3rem .2rem; text-align: left; vertical-align: bottom; }
    .matrix thead th:not(:first-child) span { display: inline-block; max-height: 6.5rem; overflow: hidden; transform: rotate(180deg); writing-mode: vertical-rl; }
    .tables { display: grid; gap: 1rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
    .small caption { color: var(--ink); font-weight: 600; }
    figure { margin: 0; min-width: 0; }
    figure .picture { background: var(--line); border-radius: .25rem; position: relative; }
    figure img { border-radius: .25rem; display: block; width: 100%; height: auto; }
    figure svg { inset: 0; min-width: 0; position: absolute; }
    figcaption { font-size: .85rem; line-height: 1.3; margin-top: .25rem; overflow-wrap: anywhere; }
    figcaption .name { color: var(--soft); display: block; font-size: .75rem; }
    .dot { fill: none; stroke: var(--second); stroke-width: 2; vector-effect: non-scaling-stroke; }
    .commands { border-left: 3px solid var(--line); font: .8rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; list-style: none; margin: 0 0 .75rem; padding: .1rem 0 .1rem .75rem; }
    .commands li { overflow-wrap: anywhere; padding-left: 1.5em; text-indent: -1.5em; }
    .commands li::before { color: var(--soft); content: "$ "; }
    .commands .option { white-space: nowrap; }
    .commands .again { color: var(--soft); }
    .says { border-left: 3px solid var(--first); margin: .75rem 0 0; max-width: 46rem; padding-left: .75rem; }
    .failure { border-left: 3px solid var(--second); margin: .75rem 0 0; overflow-wrap: anywhere; padding-left: .75rem; white-space: pre-wrap; }
    footer { color: var(--soft); font-size: .85rem; margin-top: 1.5rem; }
    @media print { section { break-inside: avoid; } }
    """
}
