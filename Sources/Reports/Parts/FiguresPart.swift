import Evaluation
import Interactions
import ModelRegistry
import Pages

/// All metrics of the model with their confidence intervals, beside those of the others.
struct FiguresPart: ReportPart {
  let heading = "Figures"
  let caption: String
  let body: HTML

  init?(_ data: ReportData) {
    let subjects = [data.subject] + data.others
    let metrics = Metric.detailed.filter { data.subject.report[$0] != nil }
    guard !metrics.isEmpty else { return nil }
    let heldOut = data.ratings.heldOut.count
    caption = """
      On \(heldOut) held-out ratings. In brackets is the 95 % confidence interval, by bootstrapping users. Bold is \
      the best; a difference is how much better the model is than the best of the others, and its \
      interval resamples the same users for both.
      """
    let rows = metrics.map { metric -> HTML in
      let figures = subjects.map { $0.report[metric] }
      let best = figures.compactMap(\.self).max { metric.isBetter($1, than: $0) }
      let cells = zip(subjects, figures).enumerated().map { number, pair -> HTML in
        guard let figure = pair.1 else { return "<td>\u{2013}</td>" }
        let range =
          number == 0
          ? Self.range(data.subject.report.interval(of: metric, threadCount: data.threadCount))
          : ""
        let style = figure == best ? "best" : "plain"
        return #"<td><span class="\#(style)">\#(figure, decimals: 4)</span>\#(range)</td>"#
      }
      return """
        <tr><td>\(metric.name) <span class="range">\(metric.better == .lower ? "low" : "high")</span></td>\
        \(cells)<td class="text">\(Self.gain(metric, data))</td></tr>
        """
    }
    let names = subjects.map { subject -> HTML in "<th>\(subject.name)</th>" }
    body = """
      <div class="wide"><table>
      <thead><tr><th>metric, better if</th>\(names)<th class="text">vs. the best other</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """
  }

  private static func range(_ interval: ClosedRange<Double>?) -> HTML {
    guard let interval else { return "" }
    return #"""
       <span class="range">(\#(interval.lowerBound, decimals: 4) to \#(interval.upperBound, decimals: 4))</span>
      """#
  }

  private static func gain(_ metric: Metric, _ data: ReportData) -> String {
    let best = data.others.filter { $0.report[metric]?.isFinite ?? false }
      .max { metric.isBetter($1.report[metric] ?? .nan, than: $0.report[metric] ?? .nan) }
    guard let best,
      let gain = data.subject.report.gain(
        over: best.report, by: metric, threadCount: data.threadCount)
    else { return "" }
    return "\(best.name): \(gain.words)"
  }
}
