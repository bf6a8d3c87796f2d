import Interpretation
import Pages

/// The accuracy of each group, weakest first.
struct WeakGroupsPart: ImageReportPart {
  let heading = "Weak groups"
  let caption: String
  let body: HTML

  private static let limit = 20

  init?(_ data: ImageReportData) {
    guard let groups = data.examined.groupFigures else { return nil }
    let weak = groups.groups.filter(\.isWeak)
    let shown = groups.groups.prefix(Self.limit)
    let rightCount = data.examined.items.indices.count { data.examined.isRight($0) == true }
    let whole = Double(rightCount) / Double(max(data.examined.items.count, 1))
    caption = """
      The share of right answers in each group, with its 95 % interval (Wilson), the weakest first; the dashed line is the \
      share of all. Of \(groups.groups.count) groups, \(weak.count) lie below it with their whole interval; about \
      \(Int((0.025 * Double(groups.groups.count)).rounded(.up))) would by chance.
      """
    let drawing = Drawing(
      horizontal: 0...1, vertical: 0...Double(shown.count), height: Double(shown.count) * 22 + 52,
      left: 180)
    let rows = shown.enumerated().map { place, group -> HTML in
      let height = drawing.vertical(Double(shown.count - place) - 0.5)
      let style = group.isWeak ? "second" : "first"
      let name = group.name.count > 22 ? group.name.prefix(21) + "\u{2026}" : group.name
      return """
        <text text-anchor="end" x="172" y="\(at: height + 4)">\(name) (\(group.count))</text>\
        <line class="\(style) whisker" x1="\(at: drawing.horizontal(group.interval.lowerBound))" y1="\(at: height)" \
        x2="\(at: drawing.horizontal(group.interval.upperBound))" y2="\(at: height)"/>\
        <circle class="\(style)" cx="\(at: drawing.horizontal(group.share))" cy="\(at: height)" r="4">\
        <title>\(group.name): \(Scale.text(group.share))</title></circle>
        """
    }
    let line = drawing.curve([(whole, 0), (whole, Double(shown.count))], "third dashed")
    body = drawing.svg(
      "right answers by group", x: "share of right answers", y: nil, "\(line)\(rows)")
  }
}
