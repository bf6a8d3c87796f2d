import Interpretation
import Pages

/// Scatter plots of predicted against actual values.
struct ScatterPart: ImageReportPart {
  let heading = "Predicted against actual"
  let caption: String
  let body: HTML

  /// The maximum number of drawings, and of points in one.
  private static let (drawingLimit, pointLimit) = (8, 1500)

  init?(_ data: ImageReportData) {
    let examined = data.examined
    guard case .numbers(let actual) = examined.truth else { return nil }
    let width = examined.predictions.width
    let count = examined.items.count
    let step = max(1, (count + Self.pointLimit - 1) / Self.pointLimit)
    caption = """
      A point is an image\(step > 1 ? " (one in \(step) is shown)" : ""); on the dashed line, predictions are right.\
      \(width > Self.drawingLimit ? " The first \(Self.drawingLimit) of \(width) outputs." : "")
      """
    let drawings = (0..<min(width, Self.drawingLimit)).map { output -> HTML in
      let shown = stride(from: 0, to: count, by: step).map { image in
        (
          x: Double(actual[image * width + output]),
          y: Double(examined.predictions.values[image * width + output]), image: image
        )
      }
      let bounds = (shown.flatMap { [$0.x, $0.y] }.bounds ?? 0...1).withRoom
      let drawing = Drawing(horizontal: bounds, vertical: bounds, height: 360)
      let marks = shown.map { point -> HTML in
        drawing.point(
          point.x, point.y, radius: 3.5, "first faint",
          "\(examined.names[point.image]): \(Scale.text(point.x)), predicted \(Scale.text(point.y))"
        )
      }
      let diagonal = drawing.curve(
        [(bounds.lowerBound, bounds.lowerBound), (bounds.upperBound, bounds.upperBound)],
        "third dashed")
      let name = examined.columnName(output)
      return """
        \(width > 1 ? "<h3>\(name)</h3>" as HTML : "")\(drawing.svg(
          "predicted against actual \(name)", x: "actual \(name)", y: "predicted", "\(diagonal)\(marks)"))
        """
    }
    body = "\(drawings)"
  }
}
