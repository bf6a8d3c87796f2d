import Evaluation
import Interactions
import Pages
import Ratings
import Recommenders

/// Predicted against actual ratings.
struct CalibrationPart: ReportPart {
  let heading = "Calibration"
  let caption: String
  let body: HTML

  init?(_ data: ReportData) {
    guard let calibration = Calibration(of: data.subject.answers, threadCount: data.threadCount),
      let bounds = calibration.bins.flatMap({ bin in
        [bin.predicted, bin.rated, bin.interval?.lowerBound, bin.interval?.upperBound]
          .compactMap(\.self)
      }).bounds
    else { return nil }
    caption = """
      The held-out ratings in \(calibration.bins.count) bins of equal size, by prediction: \
      the mean prediction, and the mean \
      rating with its 95 % interval. On the dashed line, predictions are right on average. The mean distance of \
      the bins from it is \(Scale.text(calibration.meanError)).\(Self.coverage(data))
      """
    let drawing = Drawing(horizontal: bounds.withRoom, vertical: bounds.withRoom, height: 340)
    let room = bounds.withRoom
    let marks = calibration.bins.map { bin -> HTML in
      let place = drawing.horizontal(bin.predicted)
      let whisker = bin.interval.map { interval -> HTML in
        """
        <line class="first whisker" x1="\(at: place)" y1="\(at: drawing.vertical(interval.lowerBound))" \
        x2="\(at: place)" y2="\(at: drawing.vertical(interval.upperBound))"/>
        """
      }
      return """
        \(whisker ?? "")\(drawing.point(
          bin.predicted, bin.rated, "first",
          "predicted \(Scale.text(bin.predicted)), rated \(Scale.text(bin.rated)), \(bin.count) ratings"))
        """
    }
    let diagonal = drawing.curve(
      [(room.lowerBound, room.lowerBound), (room.upperBound, room.upperBound)], "third dashed")
    let unit = data.subject.model.transform.formula.map { ", \($0)" } ?? ""
    body = drawing.svg(
      "calibration", x: "predicted\(unit)", y: "rated\(unit)", "\(diagonal)\(marks)")
  }

  /// Returns the coverage of the model's prediction intervals in words; empty if the model has none.
  private static func coverage(_ data: ReportData) -> String {
    let model = data.subject.predictor ?? data.subject.model
    guard
      let coverage = HeldOutIntervals(
        by: model, of: data.ratings.heldOut, threadCount: data.threadCount
      )?.coverage(threadCount: data.threadCount)
    else { return "" }
    let range = coverage.shareInterval.map {
      " (95 % interval \(percent($0.lowerBound)) to \(percent($0.upperBound)))"
    }
    return """
       Of the \(coverage.count) ratings with a \(percent(HeldOutIntervals.level)) prediction interval, \
      \(percent(coverage.share))\(range ?? "") lie within it; the mean \
      width is \(Scale.text(coverage.width)).
      """
  }

  private static func percent(_ share: Double) -> String { "\(Scale.text(100 * share)) %" }
}
