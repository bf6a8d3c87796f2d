import Interpretation
import Pages

/// A 2x2 confusion matrix for each label.
struct LabelCountsPart: ImageReportPart {
  let heading = "Confusion by label"
  let caption: String
  let body: HTML

  /// The maximum number of tables.
  private static let limit = 60

  init?(_ data: ImageReportData) {
    guard case .labels(let isTrue) = data.examined.truth else { return nil }
    let counts = ThresholdSweep.counts(
      data.examined.predictions, isTrue, over: data.examined.thresholds)
    caption = """
      For each label, at its own threshold: the images that have it (upper row) and those that do not, by whether it \
      was predicted.\(counts.count > Self.limit ? " The first \(Self.limit) labels." : "")
      """
    let tables = counts.prefix(Self.limit).enumerated().map { label, count -> HTML in
      func cell(_ part: Int, _ whole: Int, _ style: String) -> HTML {
        let share = whole > 0 ? Double(part) / Double(whole) : 0
        return """
          <td class="\(style)" style="--share: \(share, decimals: 3)">\(part)</td>
          """
      }
      let without = count.falsePositives + count.trueNegatives
      return """
        <table class="matrix small"><caption>\(data.examined.outputs[label]), at \
        \(Double(data.examined.thresholds[label]), decimals: 2)</caption>
        <tr><th></th><th>predicted</th><th>not</th></tr>
        <tr><td>has it</td>\(cell(count.truePositives, count.support, "right"))\
        \(cell(count.falseNegatives, count.support, "wrong"))</tr>
        <tr><td>does not</td>\(cell(count.falsePositives, without, "wrong"))\
        \(cell(count.trueNegatives, without, "right"))</tr></table>
        """
    }
    body = "<div class=\"tables\">\(tables)</div>"
  }
}
