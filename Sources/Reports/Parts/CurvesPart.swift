import ModelRegistry
import Pages

/// The loss curves of the models.
struct CurvesPart: ReportPart {
  let heading = "Training"
  let caption =
    "The loss on the training and on the held-out ratings after each pass. Where the second rises while the first falls, the model overfits."
  let body: HTML

  init?(_ data: ReportData) {
    let drawings = data.losses.sorted { $0.key < $1.key }.compactMap(Self.drawing)
    guard !drawings.isEmpty else { return nil }
    body = "\(drawings)"
  }

  private static func drawing(_ name: String, _ epochs: [EpochLosses]) -> HTML? {
    func points(_ loss: (EpochLosses) -> Double?) -> [(x: Double, y: Double)] {
      epochs.compactMap { epoch in
        loss(epoch).flatMap { $0.isFinite ? (Double(epoch.epoch), $0) : nil }
      }
    }
    let (training, validation) = (points(\.training), points(\.validation))
    guard let losses = (training + validation).map(\.y).bounds,
      let passes = (training + validation).map(\.x).bounds
    else { return nil }
    let drawing = Drawing(horizontal: passes, vertical: losses.withRoom)
    let curves = [(training, "first"), (validation, "second")].map { points, style -> HTML in
      let marks =
        points.count > 60
        ? [] : points.map { drawing.point($0.x, $0.y, radius: 3, style, Scale.text($0.y)) }
      return "\(drawing.curve(points, style))\(marks)"
    }
    let legend = Drawing.legend(
      [("first", "training"), ("second", "held out")].filter {
        $0.0 == "first" ? !training.isEmpty : !validation.isEmpty
      })
    return """
      <h3>\(name)</h3>
      \(legend)\(drawing.svg("losses of \(name)", x: "pass", y: "loss", "\(curves)"))
      """
  }
}
