import Errors
package import ModelRegistry
package import Ratings

/// An open factor model: the tables of ``FactorTables`` in a mapped file, with its catalogue.
///
/// Opening reads only the header, in time independent of the model's size. The file is not trusted: whatever it
/// contains, no lookup goes out of bounds. Contents are verified on publishing, and by ``verifyContents()``.
package final class FactorModel: ScoredModel {
  /// Factors and biases:
  ///
  ///     item_factors        F32 [items, factors]   read as rows, on a multiple of 64 bytes
  ///     user_factors        F32 [users, factors]
  ///     item_biases         F32 [items]
  ///     user_biases         F32 [users]
  ///     global_mean         F32 [1]
  ///
  /// If the variance of ratings around predictions is known, see ``RatingSpread``:
  ///
  ///     user_spread         F32 [users, 2]         the uncertainty about a user, the noise in the ratings
  ///     item_spread         F32 [items, 2]
  ///     rating_bounds       F32 [2]                the lowest and the highest rating
  ///
  /// If the prior of a user depends on the number of ratings, see ``FoldIn``:
  ///
  ///     user_slope          F32 [1 + factors]      the slope of the prior mean, the bias first
  package static let form = RecommenderForm(
    name: "factor-model", noun: "factor model", alignedTensor: "item_factors",
    userRows: { tensor in
      switch tensor {
      case "user_factors", "user_biases", "user_spread": .from(first: 0)
      case "item_factors", "item_biases", "global_mean", "item_spread", "rating_bounds",
        "user_slope":
        RecommenderForm.UserRows.none
      default: nil
      }
    },
    open: { (file) throws(ModelFileError) in try FactorModel(file) })

  package let header: ModelHeader
  package let catalogue: ModelCatalogue
  /// The constant added to every score.
  package let globalMean: Float
  /// The number of factors of a user or item.
  package let factorCount: Int
  let userFactors: TensorColumn<Float>
  let itemFactors: TensorColumn<Float>
  let userBiases: TensorColumn<Float>
  let itemBiases: TensorColumn<Float>
  let spread: RatingSpreadColumns?
  /// The method of computing users from their ratings.
  package let foldIn: FoldIn
  /// The slope of the prior mean of users; see ``FactorTables/userSlope``.
  let userSlope: [Float]?
  /// Values computed once for all users, on first use.
  let prepared = PreparedOnce()

  /// Opens the model file at `path` by mapping it.
  ///
  /// Throws ``ModelFileError`` if it cannot be opened, is not a safetensors file or not a factor model, was written
  /// by a newer Latent, or lacks a tensor of the right type and shape.
  package static func open(_ path: String) throws(ModelFileError) -> FactorModel {
    try FactorModel(SafetensorsFile(path))
  }

  /// Reads the model from an open file. Throws as ``open(_:)`` does.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    header = try ModelHeader(file, form: Self.form)
    let reader = TensorReader(file: file)
    let itemDimensions = try reader.dimensions(of: "item_factors", rank: 2)
    let userCount = try reader.dimensions(of: "user_biases", rank: 1)[0]
    let itemCount = itemDimensions[0]
    factorCount = itemDimensions[1]
    catalogue = try ModelCatalogue(reader, userCount: userCount, itemCount: itemCount)
    itemFactors = try reader.column("item_factors", itemDimensions)
    userFactors = try reader.column("user_factors", [userCount, factorCount])
    itemBiases = try reader.column("item_biases", [itemCount])
    userBiases = try reader.column("user_biases", [userCount])
    globalMean = try reader.column("global_mean", [1])[0]
    spread = try RatingSpreadColumns(reader, users: userCount, items: itemCount)
    let slope: TensorColumn<Float>? =
      reader.has("user_slope") ? try reader.column("user_slope", [factorCount + 1]) : nil
    userSlope = slope.map { $0.withElements { Array($0) } }
    foldIn =
      try FoldIn(file.metadata, place: file.path)
      ?? .usual(
        for: header.ranking, factorCount: factorCount, users: userCount, items: itemCount,
        ratings: catalogue.ratedItemCount)
  }

  package func verifyContents() throws(ModelFileError) {
    guard globalMean.isFinite else {
      throw .badContents("global_mean is \(globalMean)", place: path)
    }
    try itemFactors.verifyFinite("item_factors", rowLength: factorCount, place: path)
    try userFactors.verifyFinite("user_factors", rowLength: factorCount, place: path)
    try itemBiases.verifyFinite("item_biases", place: path)
    try userBiases.verifyFinite("user_biases", place: path)
    try spread?.verify(place: path)
    if let flaw = userSlope?.first(where: { !$0.isFinite }) {
      throw .badContents("user_slope holds \(flaw)", place: path)
    }
    try catalogue.verifyContents(place: path)
  }

  package var learnedFacts: [ModelFact] {
    [
      ModelFact("factors", .integer(factorCount)),
      ModelFact("global_mean", .number(Double(globalMean), decimals: 4)),
    ]
  }

  // MARK: - Users

  /// The bias and factors of an unknown user are zero.
  package func user(at row: UserIndex?) -> UserVector {
    guard let row else {
      return UserVector(elements: [Float](repeating: 0, count: factorCount), bias: 0)
    }
    let start = row.position * factorCount
    return UserVector(
      elements: userFactors.withElements(in: start..<start + factorCount) { Array($0) },
      bias: userBiases[row.position],
      ratedItems: catalogue.withRatedItems(by: row) { Array($0) })
  }

  // MARK: - Scores

  /// `globalMean + b_u + b_i + p_u . q_i`; the bias and factors of a nil item are zero. O(factors).
  package func score(for user: UserVector, item: ItemIndex?) -> Float {
    guard let item else { return offset(of: user) }
    return withFactors(of: user) { score($0, offset(of: user), row: item.position) }
  }

  package func scores(for user: UserVector, ofRows rows: [UInt32]) -> [Float] {
    let offset = offset(of: user)
    return withFactors(of: user) { own in rows.map { score(own, offset, row: Int($0)) } }
  }

  package func writeScores(
    for user: UserVector, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(scores.count == items.count)
    let offset = offset(of: user)
    withFactors(of: user) { own in
      for (place, row) in items.enumerated() { scores[place] = score(own, offset, row: row) }
    }
  }

  /// Returns the part of a user's scores that is the same for all items.
  private func offset(of user: UserVector) -> Float { globalMean + (user.bias ?? 0) }

  private func withFactors<Result>(
    of user: UserVector, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) -> Result {
    precondition(user.elements.count == factorCount, "a user of \(user.elements.count) factors")
    return user.elements.withUnsafeBufferPointer(body)
  }

  private func score(_ own: UnsafeBufferPointer<Float>, _ offset: Float, row: Int) -> Float {
    let start = row * factorCount
    return itemFactors.withElements(in: start..<start + factorCount) { item in
      offset + itemBiases[row] + innerProduct(own, item)
    }
  }

  package func interval(
    around rating: Float, user: UserIndex?, item: ItemIndex
  ) -> ClosedRange<Float>? {
    spread?.interval(around: rating, user: user?.position, item: item.position)
  }

  /// Nil for a model that only ranks, since it learns only factors.
  package func bias(of item: ItemIndex) -> Float? {
    predictsRatings ? itemBiases[item.position] : nil
  }

  package func makeItemScreen(of rows: [UInt32]?) -> ItemScreen? {
    itemFactors.withElements { factors in
      itemBiases.withElements { biases in
        ItemScreen(
          factors: factors, biases: biases, factorCount: factorCount, globalMean: globalMean,
          rows: rows ?? Array(0..<UInt32(itemCount)))
      }
    }
  }

  // MARK: - Items

  /// Items are compared by their factors.
  package var itemVectorLength: Int { factorCount }

  /// Users are compared by their factors if these rank items.
  package var userVectorLength: Int { ranking == .preference ? factorCount : 0 }

  package func withUserVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try userFactors.withElements(body)
  }

  /// The factors of all items. In files written by Latent, the first starts on a multiple of 64 bytes.
  package func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemFactors.withElements(body)
  }
}

extension UnsafeBufferPointer<Float> {
  /// Row `row` of a matrix with rows of `length` elements. Traps if it is out of bounds.
  subscript(row row: Int, length length: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: self[row * length..<(row + 1) * length])
  }
}

/// Returns the inner product of two rows of equal length, computed 16 elements at a time. The order of the additions
/// is the same in every run.
private func innerProduct(
  _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>
) -> Float {
  let (leftBytes, rightBytes) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
  let count = min(left.count, right.count)
  var sums = SIMD16<Float>.zero
  var position = 0
  while position + 16 <= count {
    let offset = position * MemoryLayout<Float>.stride
    sums.addProduct(
      leftBytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self),
      rightBytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self))
    position += 16
  }
  var total = sums.sum()
  while position < count {
    total += left[position] * right[position]
    position += 1
  }
  return total
}
