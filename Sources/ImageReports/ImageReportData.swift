import Errors
package import ImageData
package import ImageModels
import Images
import Pages
import TensorCore

/// The data of a report on an image model.
package struct ImageReportData {
  package let title: String
  /// Facts about the model and the images, for the top of the page.
  package let facts: [(name: String, value: String)]
  package let examined: Examination
  /// The likely label errors, by position among the examined images.
  package let suspects: Suspects?
  /// The near-duplicates and outliers among the examined images.
  package let neighbours: EmbeddingNeighbours?
  let advice: Advice
  private let set: ImageDataSet
  private let model: ImageModel
  let context: ComputeContext

  /// Likely label errors, and how they were found.
  package struct Suspects {
    /// The predictions that they were found by.
    package let examined: Examination
    package let suspects: LabelSuspects
    /// Whether the predictions are out-of-fold; otherwise they are the examined model's.
    package let areOutOfFold: Bool

    package init(_ examined: Examination, areOutOfFold: Bool) {
      self.examined = examined
      suspects = LabelSuspects(examined)
      self.areOutOfFold = areOutOfFold
    }
  }

  /// Hints on what to do next, in the words of the program that makes the page.
  package struct Advice: Sendable {
    /// The end of a sentence: how to check labels with models that have not learned from them.
    package let outOfFold: String
    /// A sentence: how to correct labels.
    package let correction: String
    /// A sentence: how to find copies.
    package let copies: String

    package init(outOfFold: String, correction: String, copies: String) {
      self.outOfFold = outOfFold
      self.correction = correction
      self.copies = copies
    }
  }

  /// Collects the data on a model that `examined` evaluates on images of `set`.
  package init(
    title: String, facts: [(name: String, value: String)], examined: Examination,
    of model: ImageModel, on set: ImageDataSet, suspects: Suspects?,
    neighbours: EmbeddingNeighbours?, advice: Advice, threadCount: Int
  ) {
    self.title = title
    self.facts = facts
    self.examined = examined
    self.model = model
    self.set = set
    self.suspects = suspects
    self.neighbours = neighbours
    self.advice = advice
    context = ComputeContext(threadCount: threadCount)
  }

  /// The longer side of a thumbnail at most.
  static let side = 160
  private static let quality = 80

  /// Returns the thumbnail of an item of the data set, with points in pixels of the file drawn on it. Returns the
  /// error in its place if the image cannot be read.
  func thumbnail(ofItem item: Int, points: [Float] = []) -> HTML {
    do throws(ImageError) {
      let decoded = try set.decode(item, minimumSide: Self.side)
      return .thumbnail(
        of: decoded, side: Self.side, channels: decoded.image.displayedChannels,
        quality: Self.quality,
        points: stride(from: 0, to: points.count - points.count % 2, by: 2).map {
          SIMD2(points[$0], points[$0 + 1])
        })
    } catch {
      return .thumbnail(without: error.problem)
    }
  }

  /// Returns the thumbnail of an examined image.
  func thumbnail(of position: Int, points: [Float] = []) -> HTML {
    thumbnail(ofItem: examined.items[position], points: points)
  }

  /// Returns Grad-CAM overlays, each for one output of one examined image; nil if they cannot be drawn.
  func explanations(of questions: [(position: Int, output: Int)]) -> [HTML]? {
    guard let explainer = try? Explainer(model) else { return nil }
    let items = questions.map { examined.items[$0.position] }
    let inputs = model.inputs(named: items.map { set.names[$0] }, on: context) {
      (position, side) throws(ImageError) in
      try set.decode(items[position], minimumSide: side)
    }
    var known: [(place: Int, question: Explainer.Question)] = []
    for (place, input) in inputs.enumerated() {
      guard case .success(let input) = input else { continue }
      known.append((place, Explainer.Question(input, output: questions[place].output)))
    }
    guard
      let overlays = try? explainer.overlays(
        of: known.map(\.question), side: Self.side, on: context)
    else { return nil }
    var all = [HTML](repeating: "", count: questions.count)
    for (known, overlay) in zip(known, overlays) {
      all[known.place] = .thumbnail(overlay, quality: Self.quality)
    }
    return all
  }
}
