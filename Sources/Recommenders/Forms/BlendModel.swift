import Errors
package import ModelRegistry
package import Ratings

/// An open blend: the models of ``BlendTables`` in one mapped file, with a shared catalogue.
///
/// Each part is opened and queried as if it were in a file of its own; this class does not depend on the parts'
/// forms. The file is not trusted.
package final class BlendModel: ScoredModel {
  /// Models whose scores are summed:
  ///
  ///     part_scales      F32 [parts, 3]   share, mean and deviation of each: see ``BlendTables``
  ///     part.N.FORM.X    tensor X of the model of the form FORM; N is 0, 1 ...
  ///
  /// The metadata have `part.N.latent.form`, `part.N.latent.kind` and the other entries of that model. The catalogue
  /// is stored once for all.
  package static let form = RecommenderForm(
    name: "blend", noun: "blend", alignedTensor: scalesTensor,
    userRows: { tensor in
      if tensor == scalesTensor { return RecommenderForm.UserRows.none }
      return BlendPlace.tensor(tensor).flatMap { $0.form.userRows($0.name) }
    },
    open: { (file) throws(ModelFileError) in try BlendModel(file) })

  static let scalesTensor = "part_scales"

  /// The maximum number of parts: more than useful, and small enough to bound the cost of a hostile file.
  package static let partLimit = 16

  package let header: ModelHeader
  /// The models, and their weights.
  let parts: [any ScoredModel]
  let scales: [BlendScale]

  /// Reads the model from an open file.
  ///
  /// Throws ``ModelFileError`` if it is not a blend, was written by a newer Latent, or has an invalid part.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    header = try ModelHeader(file, form: Self.form)
    let reader = TensorReader(file: file)
    let shape = try reader.dimensions(of: Self.scalesTensor, rank: 2)
    let numbers: TensorColumn<Float> = try reader.column(Self.scalesTensor, [shape[0], 3])
    guard (1...Self.partLimit).contains(shape[0]) else {
      throw Self.wrong("it has \(shape[0]) parts; 1 to \(Self.partLimit) are supported", file)
    }
    var (parts, scales): ([any ScoredModel], [BlendScale]) = ([], [])
    for number in 0..<shape[0] {
      parts.append(try Self.part(number, of: file))
      scales.append(
        BlendScale(
          share: numbers[3 * number], mean: numbers[3 * number + 1],
          deviation: numbers[3 * number + 2]))
    }
    (self.parts, self.scales) = (parts, scales)
  }

  /// Opens a part from a view of the file in which it looks like a file of its own.
  private static func part(
    _ number: Int, of file: SafetensorsFile
  ) throws(ModelFileError) -> any ScoredModel {
    let name =
      file.metadata[BlendPlace(number: number, form: "").metadata + ModelFormat.formKey] ?? ""
    guard let form = partForm(named: name) else {
      throw wrong("its part \(number) has the unsupported form '\(name)'", file)
    }
    let place = BlendPlace(number: number, form: name)
    let part = file.renamed(
      tensorName: { tensor in
        if TensorContents(ofCatalogue: tensor) != nil { return tensor }
        return tensor.hasPrefix(place.tensors)
          ? String(tensor.dropFirst(place.tensors.count)) : nil
      },
      metadataKey: { key in
        if key == ModelFormat.versionKey { return key }
        return key.hasPrefix(place.metadata) ? String(key.dropFirst(place.metadata.count)) : nil
      })
    let model = try form.open(part)
    guard model.ranking != .popularity else {
      throw wrong("its part \(number) does not rank by its score", file)
    }
    return model
  }

  /// Returns the form called `name` if parts may have it: any form but this one.
  static func partForm(named name: String) -> RecommenderForm? {
    name == form.name ? nil : RecommenderForm.all.first { $0.name == name }
  }

  private static func wrong(_ problem: String, _ file: SafetensorsFile) -> ModelFileError {
    ModelFileError(.wrongTensor, problem, place: file.path, remedy: TensorReader.remedy)
  }

  package func verifyContents() throws(ModelFileError) {
    for (number, scale) in scales.enumerated() where !scale.isSound {
      throw .badContents(
        "row \(number) of \(Self.scalesTensor) is not a share, mean and deviation", place: path)
    }
    for part in parts { try part.verifyContents() }
  }

  package var learnedFacts: [ModelFact] {
    func joined(_ texts: [String]) -> ModelFact.Value { .text(texts.joined(separator: ", ")) }
    return [
      ModelFact("parts", joined(parts.map(\.kind))),
      ModelFact("shares", joined(scales.map { "\($0.share)" })),
    ]
  }

  /// The catalogue shared by all parts.
  package var catalogue: ModelCatalogue { parts[0].catalogue }

  package func prepareScores() { for part in parts { part.prepareScores() } }

  package func prepareFoldIn() { for part in parts { part.prepareFoldIn() } }

  // MARK: - Users

  package func user(at row: UserIndex?) -> UserVector {
    let users = parts.map { $0.user(at: row) }
    return UserVector(elements: [], ratedItems: users[0].ratedItems, parts: users)
  }

  /// Computes the user of each part from the ratings.
  package func user(of ratings: [ItemRating]) throws(RecommendingError) -> UserVector {
    let users = try parts.map { part throws(RecommendingError) in try part.user(of: ratings) }
    return UserVector(elements: [], ratedItems: users[0].ratedItems, parts: users)
  }

  /// The interpretation of the strictest part.
  package var ratedValues: RatedValues { parts.map(\.ratedValues).max() ?? .ratings }

  /// The average user of each part.
  package var averageUser: UserVector {
    UserVector(elements: [], parts: parts.map(\.averageUser))
  }

  // MARK: - Scores

  /// The sum of the parts' standardised scores, as in ``BlendTables``. Takes as long as the scores of all parts.
  package func score(for user: UserVector, item: ItemIndex?) -> Float {
    var sum: Float = 0
    for (number, part) in parts.enumerated() {
      sum += scales[number].standardised(part.score(for: self.part(number, of: user), item: item))
    }
    return sum
  }

  package func scores(for user: UserVector, ofRows rows: [UInt32]) -> [Float] {
    var sums = [Float](repeating: 0, count: rows.count)
    for (number, part) in parts.enumerated() {
      let scores = part.scores(for: self.part(number, of: user), ofRows: rows)
      for place in sums.indices { sums[place] += scales[number].standardised(scores[place]) }
    }
    return sums
  }

  package func writeScores(
    for user: UserVector, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(scores.count == items.count)
    scores.update(repeating: 0)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(items.count, 1)) { memory in
      let own = UnsafeMutableBufferPointer(rebasing: memory[..<items.count])
      for (number, part) in parts.enumerated() {
        part.writeScores(for: self.part(number, of: user), of: items, to: own)
        let scale = scales[number]
        for place in scores.indices { scores[place] += scale.standardised(own[place]) }
      }
    }
  }

  private func part(_ number: Int, of user: UserVector) -> UserVector {
    precondition(user.parts.count == parts.count, "a user of \(user.parts.count) parts")
    return user.parts[number]
  }

  // MARK: - Items

  /// Items are compared by the first part.
  package var itemVectorLength: Int { parts[0].itemVectorLength }

  package func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try parts[0].withItemVectors(body)
  }

  package func similarItems(to item: ItemIndex) -> [ScoredItem]? {
    parts[0].similarItems(to: item)
  }
}

extension BlendScale {
  /// Returns the term that a score adds to a blend.
  @inline(__always)
  fileprivate func standardised(_ score: Float) -> Float { (score - mean) / deviation * share }
}
