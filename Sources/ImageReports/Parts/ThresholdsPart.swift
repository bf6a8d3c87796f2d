import ImageModels
import Interpretation
import Pages

/// The metrics of labels at different thresholds.
struct ThresholdsPart: ImageReportPart {
  let heading = "Thresholds"
  let caption: String
  let body: HTML

  init?(_ data: ImageReportData) {
    let examined = data.examined
    guard case .labels(let isTrue) = examined.truth else { return nil }
    let sweep = ThresholdSweep(examined.predictions, isTrue: isTrue)
    let kept = ThresholdSweep.counts(examined.predictions, isTrue, over: examined.thresholds)
    let overall = examined.calibration?.overallThreshold
    caption = """
      All labels at one threshold: the mean of their F1 and the share of all answers that are right. At the model's \
      own thresholds, one per label, the mean F1 is \(Scale.text(examined.macroFigures?.f1 ?? .nan)).\
      \(overall == nil ? "" : " The dashed line is the model's threshold for all labels.")\
      \(examined.fittedWords.map { " " + $0 } ?? "")
      """
    let drawing = Drawing(horizontal: 0...1, vertical: 0...1, height: 260)
    let mark = overall.map { place in
      drawing.curve([(Double(place), 0), (Double(place), 1)], "third dashed")
    }
    let curves: HTML = """
      \(mark ?? "")\
      \(drawing.curve(sweep.points.map { (Double($0.threshold), $0.macroF1) }, "first"))\
      \(drawing.curve(sweep.points.map { (Double($0.threshold), $0.accuracy) }, "second"))
      """
    let half = ThresholdSweep.counts(examined.predictions, isTrue, over: 0.5)
    let rows = examined.outputs.indices.prefix(100).map { label -> HTML in
      """
      <tr><td>\(examined.outputs[label])</td><td>\(Double(examined.thresholds[label]), decimals: 3)</td>\
      <td>\(kept[label].f1, decimals: 3)</td><td>\(half[label].f1, decimals: 3)</td>\
      <td>\(Double(sweep.perLabel[label]), decimals: 3)</td></tr>
      """
    }
    body = """
      \(Drawing.legend([("first", "mean F1"), ("second", "accuracy")]))\
      \(drawing.svg("figures by threshold", x: "threshold", y: "share", curves))
      <div class="wide"><table><thead><tr><th>label</th><th>threshold</th><th>F1 at threshold</th><th>F1 at 0.5</th>\
      <th>best here</th></tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }
}
