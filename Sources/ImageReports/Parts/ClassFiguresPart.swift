import Interpretation
import Pages

/// Precision, recall, F1 and average precision of each class or label.
struct ClassFiguresPart: ImageReportPart {
  let heading = "Classes"
  let caption: String
  let body: HTML

  /// The most rows; the weakest are shown.
  private static let limit = 100

  init?(_ data: ImageReportData) {
    let examined = data.examined
    guard let figures = examined.classFigures else { return nil }
    let shown =
      figures.count > Self.limit
      ? Array(figures.sorted { $0.counts.f1 < $1.counts.f1 }.prefix(Self.limit)) : figures
    caption = """
      Precision is the share of images given a class that are of it, recall the share of its images that were given it, F1 \
      their harmonic mean, and average precision how well its images stand before all others when ranked by its \
      probability.\(shown.count < figures.count ? " The \(shown.count) with the lowest F1 are shown." : "")\
      \(examined.thresholds.isEmpty ? "" : examined.fittedWords.map { " " + $0 } ?? "")
      """
    let rows = shown.map { figure -> HTML in
      """
      <tr><td>\(figure.name)</td><td>\(figure.counts.support)</td>\(Self.bar(figure.counts.precision))\
      \(Self.bar(figure.counts.recall))\(Self.bar(figure.counts.f1))\(Self.bar(figure.averagePrecision))</tr>
      """
    }
    // A class without an image has no recall and no average precision: all means are of the same classes.
    let counted = figures.filter { $0.counts.support > 0 }
    func mean(_ figure: (Examination.ClassFigures) -> Double) -> HTML {
      Self.bar(
        counted.isEmpty ? .nan : counted.reduce(0) { $0 + figure($1) } / Double(counted.count))
    }
    let name =
      counted.count == figures.count
      ? "mean of all" : "mean of the \(counted.count) with images, of \(figures.count)"
    let whole: HTML = """
      <tr class="hit"><td>\(name)</td><td>\(examined.items.count)</td>\(mean { $0.counts.precision })\
      \(mean { $0.counts.recall })\(mean { $0.counts.f1 })\(mean { $0.averagePrecision })</tr>
      """
    body = """
      <div class="wide"><table><thead><tr><th>class</th><th>images</th><th>precision</th><th>recall</th><th>F1</th>\
      <th>average precision</th></tr></thead><tbody>\(rows)\(whole)</tbody></table></div>
      """
  }

  /// A share with a bar as long.
  private static func bar(_ share: Double) -> HTML {
    guard share.isFinite else { return "<td>\u{2013}</td>" }
    return """
      <td class="share" style="--share: \(share, decimals: 3)">\(share, decimals: 3)</td>
      """
  }
}
