import Interpretation
import Pages

/// The reliability curves of the probabilities.
struct ReliabilityPart: ImageReportPart {
  let heading = "Calibration"
  let caption: String
  let body: HTML

  init?(_ data: ImageReportData) {
    guard let versions = data.examined.calibrations else { return nil }
    let words = versions.map {
      "\($0.name) (temperature \($0.temperature)) \(Scale.text($0.curve.expectedCalibrationError))"
    }.joined(separator: ", ")
    caption = """
      Predictions by their probability, in tenths, and how often they came true; on the dashed line, probability and \
      frequency are equal. The mean distance from it (expected calibration error): \(words). Larger points stand for \
      more predictions. \(data.examined.fittedWords ?? "Temperatures are fitted on these same images.")
      """
    let drawing = Drawing(horizontal: 0...1, vertical: 0...1, height: 340)
    let curves = versions.enumerated().map { number, version -> HTML in
      let style = number == 0 ? "third" : "first"
      let count = Double(max(1, version.curve.bins.reduce(0) { $0 + $1.count }))
      let marks = version.curve.bins.map { bin -> HTML in
        drawing.point(
          bin.confidence, bin.accuracy, radius: 2.5 + 9 * (Double(bin.count) / count).squareRoot(),
          "\(style) faint",
          "\(bin.count) predictions of \(Scale.text(bin.confidence)) on average, \(Scale.text(bin.accuracy)) true"
        )
      }
      // The share of a handful is chance: such bins get a point but no line.
      let line = version.curve.bins.filter { $0.count >= 5 }
      return """
        \(marks)\(drawing.curve(line.map { ($0.confidence, $0.accuracy) }, style))
        """
    }
    let legend = Drawing.legend(
      versions.enumerated().map { ($0.offset == 0 ? "third" : "first", $0.element.name) })
    body = """
      \(legend)\(drawing.svg(
        "calibration", x: "probability", y: "share that is true",
        "\(drawing.curve([(0, 0), (1, 1)], "third dashed"))\(curves)"))
      """
  }
}
