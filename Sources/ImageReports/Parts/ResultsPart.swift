import Interpretation
import Pages

/// Some images with their labels and predictions.
struct ResultsPart: ImageReportPart {
  let heading = "Results"
  let caption: String
  let body: HTML

  private static let limit = 24

  init(_ data: ImageReportData) {
    let examined = data.examined
    let count = examined.items.count
    // Evenly spaced over all images: neither selected nor random.
    let shown = (0..<min(Self.limit, count)).map { $0 * count / min(Self.limit, count) }
    caption = """
      \(shown.count) of \(count) images, evenly spaced: actual on the left, predicted on the right\
      \(examined.isOfPoints ? ", drawn on the image" : examined.numberFigures == nil ? ", marked where wrong" : "").
      """
    let figures = shown.map { image -> HTML in
      guard examined.isOfPoints else {
        return """
          <figure>\(data.thumbnail(of: image))<figcaption>\(Answers.words(examined, image))\
          <span class="name">\(examined.names[image])</span></figcaption></figure>
          """
      }
      return """
        <figure class="double"><div>\(data.thumbnail(of: image, points: examined.actualPoints(image)))\
        \(data.thumbnail(of: image, points: Array(examined.predictions[image])))</div>\
        <figcaption>actual, predicted<span class="name">\(examined.names[image])</span></figcaption></figure>
        """
    }
    body = "<div class=\"grid\">\(figures)</div>"
  }
}

/// The label and the prediction of an image, side by side.
enum Answers {
  static func words(_ examined: Examination, _ image: Int) -> HTML {
    let (actual, predicted) = (examined.actualWords(image), examined.predictedWords(image))
    let style = examined.isRight(image).map { $0 ? "rightly" : "wrongly" } ?? "target"
    return """
      <span class="target">\(actual)</span> \u{2192} <span class="\(style)">\(predicted)</span>
      """
  }
}
