import Errors
import Foundation
package import ImageData
package import ImageModels
import Images
import Pages
import TensorCore

/// All that the page about a model of images shows.
package struct ImageReportData {
  package let title: String
  /// Facts about the model and the images, for the top of the page.
  package let facts: [(name: String, value: String)]
  package let examined: Examination
  /// The labels that are likely wrong, by position among the examined images.
  package let suspects: Suspects?
  /// Which examined images are alike.
  package let neighbours: EmbeddingNeighbours?
  private let set: ImageDataSet
  private let model: ImageModel
  let context: ComputeContext

  /// Labels that are likely wrong, and how that was found out.
  package struct Suspects {
    /// What they were found among.
    package let examined: Examination
    package let suspects: LabelSuspects
    /// Whether the predictions are by models that have not learned from the image; else they are the examined model's.
    package let areOutOfFold: Bool

    package init(_ examined: Examination, areOutOfFold: Bool) {
      self.examined = examined
      suspects = LabelSuspects(examined)
      self.areOutOfFold = areOutOfFold
    }
  }

  /// About what `examined` says of a model on images of `set`.
  package init(
    title: String, facts: [(name: String, value: String)], examined: Examination,
    of model: ImageModel, on set: ImageDataSet, suspects: Suspects?,
    neighbours: EmbeddingNeighbours?, threadCount: Int
  ) {
    self.title = title
    self.facts = facts
    self.examined = examined
    self.model = model
    self.set = set
    self.suspects = suspects
    self.neighbours = neighbours
    context = ComputeContext(threadCount: threadCount)
  }

  /// The longer side of a picture at the most.
  static let side = 160

  /// The picture of an item of the data set, with points in pixels of the file drawn on; what keeps it from being read
  /// in its place.
  func picture(ofItem item: Int, points: [Float] = []) -> HTML {
    do throws(ImageError) {
      let decoded = try set.decode(item, with: set.decoder, minimumSide: Self.side)
      let shown = decoded.image.displayed(
        side: Self.side, channels: decoded.image.displayedChannels)
      let dots = stride(from: 0, to: points.count - points.count % 2, by: 2).map { place -> HTML in
        """
        <circle class="dot" cx="\(at: Double(points[place]))" cy="\(at: Double(points[place + 1]))" \
        r="\(at: Double(decoded.fileWidth) / 40)"/>
        """
      }
      guard !dots.isEmpty else { return Self.picture(shown) }
      return """
        <div class="picture">\(Self.image(shown))<svg viewBox="0 0 \(decoded.fileWidth) \(decoded.fileHeight)">\(dots)</svg></div>
        """
    } catch {
      return "<div class=\"picture\">\(error.problem)</div>"
    }
  }

  /// The picture of an examined image.
  func picture(of position: Int, points: [Float] = []) -> HTML {
    picture(ofItem: examined.items[position], points: points)
  }

  /// Where the model looks for an output of each of some examined images; nil where that can't be drawn.
  func explanations(of questions: [(position: Int, output: Int)]) -> [HTML]? {
    guard let explainer = try? Explainer(model) else { return nil }
    let items = questions.map { examined.items[$0.position] }
    let inputs = model.inputs(named: items.map { set.names[$0] }, on: context) {
      (position, side) throws(ImageError) in
      try set.decode(items[position], with: set.decoder, minimumSide: side)
    }
    var known: [(place: Int, question: Explainer.Question)] = []
    for (place, input) in inputs.enumerated() {
      guard case .success(let input) = input else { continue }
      known.append((place, Explainer.Question(input, output: questions[place].output)))
    }
    guard
      let pictures = try? explainer.pictures(
        of: known.map(\.question), side: Self.side, on: context)
    else { return nil }
    var all = [HTML](repeating: "", count: questions.count)
    for (known, picture) in zip(known, pictures) { all[known.place] = Self.picture(picture) }
    return all
  }

  private static func picture(_ image: Image) -> HTML {
    "<div class=\"picture\">\(self.image(image))</div>"
  }

  private static func image(_ image: Image) -> HTML {
    let data = Data(image.jpeg(quality: 80)).base64EncodedString()
    return
      "<img width=\"\(image.width)\" height=\"\(image.height)\" alt=\"\" src=\"data:image/jpeg;base64,\(data)\">"
  }
}
