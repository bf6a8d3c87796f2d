import Pages

/// The likely label errors.
struct SuspectsPart: ImageReportPart {
  let heading = "Likely label errors"
  let caption: String
  let body: HTML

  private static let limit = 24

  init?(_ data: ImageReportData) {
    guard let suspects = data.suspects, !suspects.suspects.ranked.isEmpty else { return nil }
    let shown = suspects.suspects.ranked.prefix(Self.limit)
    let source =
      suspects.areOutOfFold
      ? "by models that have not learned from the image (out-of-fold)"
      : "by this model on these images; \(data.advice.outOfFold)"
    let isOfNumbers = data.examined.numberFigures != nil
    caption = """
      \(suspects.suspects.words) \
      \(isOfNumbers ? "(off by more than three times the RMSE)" : "by confident learning (Northcutt et al. 2021)"), \
      \(source). The most suspect come first: the label, and the suggested one. \(data.advice.correction)
      """
    let figures = shown.map { suspect -> HTML in
      """
      <figure>\(data.thumbnail(ofItem: suspects.examined.items[suspect.image], points: suspects.examined.actualPoints(suspect.image)))<figcaption>\
      <span class="target">\(LabelSuspects.Suspect.words(suspect.labels))</span> \u{2192} <span class="\(suspect.isLikely ? "wrongly" : "target")">\
      \(LabelSuspects.Suspect.words(suspect.suggested))</span><br>\(suspect.why)<span class="name">\(suspects.examined.names[suspect.image])</span>\
      </figcaption></figure>
      """
    }
    body = "<div class=\"grid\">\(figures)</div>"
  }
}
