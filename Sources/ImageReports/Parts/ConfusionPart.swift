import Interpretation
import Pages

/// The confusion matrix, or the most confused pairs.
struct ConfusionPart: ImageReportPart {
  let heading = "Confusion"
  let caption: String
  let body: HTML

  /// The maximum number of classes in a matrix, and of pairs in a list.
  private static let (classLimit, pairLimit) = (40, 10)

  init?(_ data: ImageReportData) {
    guard case .classes(let actual) = data.examined.truth else { return nil }
    let names = data.examined.outputs
    let matrix = data.examined.confusion(of: actual)
    let isShown = names.count <= Self.classLimit
    caption =
      isShown
      ? """
      Rows are actual classes, columns predicted ones. Colours are shares of a row: a good model is dark on the \
      diagonal only.
      """
      : "The most confused pairs, of \(names.count) classes."
    let pairs = matrix.mostConfused().prefix(Self.pairLimit).map { pair -> HTML in
      let support = (0..<names.count).reduce(0) { $0 + matrix[pair.actual, $1] }
      return """
        <tr><td>\(names[pair.actual])</td><td class="text">\(names[pair.predicted])</td><td>\(pair.count)</td>\
        <td>\(100 * Double(pair.count) / Double(support), decimals: 0) %</td></tr>
        """
    }
    let list: HTML = """
      <h3>Most confused</h3>
      <div class="wide"><table><thead><tr><th>actual</th><th class="text">predicted</th><th>images</th><th>of the class</th></tr></thead>\
      <tbody>\(pairs)</tbody></table></div>
      """
    body = "\(isShown ? Self.table(matrix, names) : "")\(pairs.isEmpty ? "" : list)"
  }

  private static func table(_ matrix: ConfusionMatrix, _ names: [String]) -> HTML {
    let heads = names.map { name -> HTML in "<th><span>\(name)</span></th>" }
    let rows = names.indices.map { row -> HTML in
      let support = names.indices.reduce(0) { $0 + matrix[row, $1] }
      let cells = names.indices.map { column -> HTML in
        let count = matrix[row, column]
        let share = support > 0 ? Double(count) / Double(support) : 0
        let style = row == column ? "right" : "wrong"
        return """
          <td class="\(style)" style="--share: \(share, decimals: 3)" title="\(names[row]) predicted as \(names[column])">\
          \(count == 0 ? "\u{b7}" : "\(count)")</td>
          """
      }
      return "<tr><td>\(names[row])</td>\(cells)<td>\(support)</td></tr>"
    }
    return """
      <div class="wide"><table class="matrix"><thead><tr><th>actual \u{2193} predicted \u{2192}</th>\(heads)<th><span>all</span></th></tr></thead>\
      <tbody>\(rows)</tbody></table></div>
      """
  }
}
