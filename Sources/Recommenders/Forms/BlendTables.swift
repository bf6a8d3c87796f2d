package import ModelRegistry
import Ratings
import TensorCore

/// The result of training a blend: models of the same ratings whose scores are summed.
///
/// The score of user u for item i is
///
///     score(u, i) = sum over parts p of share_p (score_p(u, i) - mean_p) / deviation_p
///
/// where mean and deviation are those of the part's scores over all user-item pairs. A part's score is the one it
/// ranks by, before any output range.
package struct BlendTables: ModelTables {
  package static var form: RecommenderForm { BlendModel.form }

  /// A model of the blend.
  package struct Part: Sendable {
    /// The learning method.
    let kind: String
    let tables: any ModelTables
    let scale: BlendScale

    package init(kind: String, tables: any ModelTables, scale: BlendScale) {
      self.kind = kind
      self.tables = tables
      self.scale = scale
    }
  }

  private let parts: [Part]

  /// Creates a blend of `parts`. Traps unless there is at least one part, all have the same users and items, none is
  /// a blend, and all rank by score.
  package init(_ parts: [Part]) {
    precondition((1...BlendModel.partLimit).contains(parts.count))
    precondition(
      parts.allSatisfy {
        $0.tables.userCount == parts[0].tables.userCount
          && $0.tables.itemCount == parts[0].tables.itemCount
          && $0.tables.ranking != .popularity && !($0.tables is BlendTables)
      }, "parts that can be added up")
    self.parts = parts
  }

  package var ranking: Ranking { .preference }
  package var outputRange: OutputRange? { nil }
  package var userCount: Int { parts[0].tables.userCount }
  package var itemCount: Int { parts[0].tables.itemCount }

  package func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor] {
    let scales = parts.map(\.scale)
    return [
      OutgoingTensor(
        BlendModel.scalesTensor, [parts.count, 3],
        scales.flatMap { [$0.share, $0.mean, $0.deviation] })
    ]
      + parts.enumerated().flatMap { number, part in
        let place = BlendPlace(number: number, form: type(of: part.tables).form.name)
        return part.tables.tensors(with: catalogue).map { $0.named(place.tensors + $0.name) }
      }
  }

  package var metadata: [String: String] {
    parts.enumerated().reduce(into: [:]) { metadata, entry in
      let (number, part) = entry
      let place = BlendPlace(number: number, form: type(of: part.tables).form.name)
      let own = part.tables.metadata(kind: part.kind, transform: .none, ratingBounds: nil)
      for (key, text) in own where key != ModelFormat.versionKey {
        metadata[place.metadata + key] = text
      }
    }
  }
}

/// The standardisation and weight of a part's score in a blend.
package struct BlendScale: Sendable, Equatable {
  /// The weight of the standardised score; at least 0.
  package let share: Float
  /// The mean of the part's scores, and their standard deviation, which is above 0.
  package let mean: Float
  package let deviation: Float

  package init(share: Float, mean: Float, deviation: Float) {
    self.share = share
    self.mean = mean
    self.deviation = deviation
  }

  /// Whether the numbers are valid for computing scores.
  var isSound: Bool {
    share.isFinite && share >= 0 && mean.isFinite && deviation.isFinite && deviation > 0
  }
}

/// The prefixes of a part's names in the file of a blend. Without the prefix, a name is that of the tensor or
/// metadata entry in a file of the part alone.
struct BlendPlace {
  private static let beginning = "part."

  let tensors: String
  let metadata: String

  init(number: Int, form: String) {
    metadata = "\(Self.beginning)\(number)."
    tensors = "\(metadata)\(form)."
  }

  /// Returns the form of the part that a tensor belongs to, and its name in that part, or nil if it belongs to none.
  static func tensor(_ name: String) -> (form: RecommenderForm, name: String)? {
    guard name.hasPrefix(beginning) else { return nil }
    let pieces = name.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard pieces.count == 4, let form = BlendModel.partForm(named: String(pieces[2])) else {
      return nil
    }
    return (form, String(pieces[3]))
  }
}
