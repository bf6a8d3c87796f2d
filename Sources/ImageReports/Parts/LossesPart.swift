import Interpretation
import Pages

/// The images with the highest losses, and where the model looked.
struct LossesPart: ImageReportPart {
  let heading = "Top losses"
  let caption: String
  let body: HTML

  private static let limit = 16

  init?(_ data: ImageReportData) {
    let examined = data.examined
    let losses = examined.losses
    let worst = losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(Self.limit)
    guard !worst.isEmpty else { return nil }
    let explained = data.explanations(
      of: worst.map { ($0, examined.worstOutput(of: $0)) })
    let looked =
      explained == nil
      ? "Where the model looked can't be drawn."
      : "Beside each, where the model looked for the answer named below it (Grad-CAM): yellow is evidence for it"
        + (examined.task.isExplainedBothWays ? ", blue against it" : "")
        + "; dark areas do not count."
    caption =
      "The images with the highest losses: actual, predicted, and the loss. \(looked)"
    let figures = worst.enumerated().map { place, image -> HTML in
      let output = examined.worstOutput(of: image)
      return """
        <figure class="double"><div>\(data.thumbnail(of: image, points: examined.actualPoints(image)))\(explained?[place] ?? "")</div>\
        <figcaption>\(Answers.words(examined, image)), loss \(losses[image], decimals: 2)\
        <span class="name">looked for \(examined.outputs[output]) \u{b7} \(examined.names[image])</span></figcaption></figure>
        """
    }
    body = "<div class=\"grid doubles\">\(figures)</div>"
  }
}
