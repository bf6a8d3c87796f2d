import Interpretation
import Pages

/// Precision, recall, F1 and average precision of each class or label.
struct ClassFiguresPart: ImageReportPart {
  let heading = "Classes"
  let caption: String
  let body: HTML

  /// The maximum number of rows; the weakest are shown.
  private static let limit = 100

  init?(_ data: ImageReportData) {
    let examined = data.examined
    guard let figures = examined.classFigures, let macro = examined.macroFigures else { return nil }
    let shown =
      figures.count > Self.limit
      ? Array(figures.sorted { $0.counts.f1 < $1.counts.f1 }.prefix(Self.limit)) : figures
    // A class without images has no average precision.
    let ranked = figures.map(\.averagePrecision).filter { !$0.isNaN }
    let precision = ranked.isEmpty ? .nan : ranked.reduce(0, +) / Double(ranked.count)
    let ofFew =
      ranked.count == figures.count
      ? ""
      : " In the means, classes without images count 0, as in scikit-learn; that of average precision is over the "
        + "\(ranked.count) with images."
    caption = """
      Precision is the share of images predicted as a class that belong to it, recall the share of its images \
      predicted as it, F1 their harmonic mean, and average precision how well its probability ranks its images before \
      all others.\(shown.count < figures.count ? " The \(shown.count) with the lowest F1 are shown." : "")\(ofFew)\
      \(examined.thresholds.isEmpty ? "" : examined.fittedWords.map { " " + $0 } ?? "")
      """
    let rows = shown.map { figure -> HTML in
      """
      <tr><td>\(figure.name)</td><td>\(figure.counts.support)</td>\(Self.bar(figure.counts.precision))\
      \(Self.bar(figure.counts.recall))\(Self.bar(figure.counts.f1))\(Self.bar(figure.averagePrecision))</tr>
      """
    }
    let name =
      macro.count == figures.count
      ? "mean of all" : "mean of the \(macro.count) with images or predictions, of \(figures.count)"
    let whole: HTML = """
      <tr class="hit"><td>\(name)</td><td>\(examined.items.count)</td>\(Self.bar(macro.precision))\
      \(Self.bar(macro.recall))\(Self.bar(macro.f1))\(Self.bar(precision))</tr>
      """
    body = """
      <div class="wide"><table><thead><tr><th>class</th><th>images</th><th>precision</th><th>recall</th><th>F1</th>\
      <th>average precision</th></tr></thead><tbody>\(rows)\(whole)</tbody></table></div>
      """
  }

  /// Returns a share with a bar of that length.
  private static func bar(_ share: Double) -> HTML {
    guard share.isFinite else { return "<td>\u{2013}</td>" }
    return """
      <td class="share" style="--share: \(share, decimals: 3)">\(share, decimals: 3)</td>
      """
  }
}
