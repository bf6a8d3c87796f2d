import Evaluation
import Interactions
import ModelRegistry
import Pages

/// The metrics by slices of users and items, as points with their confidence intervals.
struct SlicesPart: ReportPart {
  let heading = "Slices"
  let caption = """
    The same for users with few and with many ratings, the newest users, and rare items. A line is the \
    95 % interval, which is longer for fewer ratings. Grey is the best baseline.
    """
  let body: HTML

  init?(_ data: ReportData) {
    let slices = data.slices
    guard !slices.isEmpty else { return nil }
    let metrics = [Metric.ndcgAt10, .rmse].filter { data.subject.report[$0] != nil }
    body = "\(metrics.map { Self.drawing($0, slices, data) })"
  }

  private static func drawing(_ metric: Metric, _ slices: [Slice], _ data: ReportData) -> HTML {
    typealias Row = (
      name: String, value: Double, interval: ClosedRange<Double>?, other: Double?, count: Int
    )
    func row(_ name: String, _ count: Int, _ report: (ModelAnswers) -> ModelReport) -> Row? {
      let own = report(data.subject.answers)
      guard let value = own[metric], value.isFinite else { return nil }
      let others = data.others.compactMap { report($0.answers)[metric] }.filter(\.isFinite)
      return (
        name, value, own.interval(of: metric, threadCount: data.threadCount),
        others.max { metric.isBetter($1, than: $0) }, count
      )
    }
    let all = row("all", data.ratings.heldOut.count) { $0.report { $0 == metric } }
    let rows =
      [all].compactMap(\.self)
      + slices.compactMap { slice in
        row(slice.name, slice.positions.count) { $0.report(on: slice) { $0 == metric } }
      }
    let numbers = rows.flatMap { row in
      [row.value, row.interval?.lowerBound, row.interval?.upperBound, row.other].compactMap(\.self)
    }
    guard let bounds = numbers.bounds else { return "" }
    let height = 26 * Double(rows.count) + 60
    let drawing = Drawing(
      horizontal: bounds.withRoom, vertical: 0...Double(rows.count), height: height, left: 250)
    let marks = rows.enumerated().map { number, row -> HTML in
      let place = Double(rows.count - number) - 0.5
      let height = drawing.vertical(place)
      let whisker = row.interval.map { interval -> HTML in
        """
        <line class="first whisker" x1="\(at: drawing.horizontal(interval.lowerBound))" y1="\(at: height)" \
        x2="\(at: drawing.horizontal(interval.upperBound))" y2="\(at: height)"/>
        """
      }
      let other = row.other.map {
        drawing.point($0, place, radius: 4, "third", "the best other: \(Scale.text($0))")
      }
      return """
        <text text-anchor="end" x="240" y="\(at: height + 4)">\(row.name) <tspan class="label">(\(row.count))</tspan></text>\
        \(whisker ?? "")\(other ?? "")\
        \(drawing.point(row.value, place, radius: 5, "first", "\(row.name): \(Scale.text(row.value))"))
        """
    }
    let legend = Drawing.legend([("first", data.subject.name), ("third", "the best of the others")])
    let better = metric.better == .lower ? "lower is better" : "higher is better"
    return """
      <h3>\(metric.name), \(better)</h3>
      \(legend)\(drawing.svg("\(metric.name) by slices", x: metric.name, y: nil, "\(marks)"))
      """
  }
}
