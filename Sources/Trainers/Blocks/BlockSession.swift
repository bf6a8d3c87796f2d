import Errors
import Interactions
import Ratings
import Recommenders
package import TensorCore

/// A session of `latent solve-block`. It solves blocks of rows of one side of `implicit-als` or `als`, as
/// single-machine training does (``ImplicitHalf``, ``ALSHalf``), against the most recently sent other side and basis.
///
/// The client that holds the ratings runs half a sweep of `implicit-als` as follows:
///
/// 1. Sum the Gram matrices of all blocks of the other side, and send the sum to one session (`gram`). Send its answer,
///    the `basis`, to all sessions.
/// 2. Rotate the blocks of the other side into the basis (`turn`), concatenate them, and send them to all solving
///    sessions (`factors`, `file`).
/// 3. Solve each block of this side (`solve`).
///
/// Users are solved first, against items initialised from their ids (`start`). Eigenbases of the same matrix may differ
/// between machines, so one machine computes the basis for all. `als` needs no basis; its only global quantity, the
/// slope of a side, is computed from sums.
package struct BlockSession {
  let context: ComputeContext
  private var other: FactorMatrix?
  private var basis: SymmetricEigensystem?

  /// Creates a session to which nothing has been sent yet.
  package init(in context: ComputeContext) { self.context = context }

  /// Handles a frame and returns the answer, with the same tag; nil for `factors`, `basis` and `file`, which are
  /// stored.
  ///
  /// Throws ``BlockError``: `badContents`; `outOfOrder`; `unsolvable`; `tooLong` and `outOfMemory` if there is no room
  /// for the answer; for a file, the errors of ``BlockFrame/init(reading:number:)``.
  package mutating func take(_ frame: BlockFrame) throws(BlockError) -> BlockFrame? {
    switch frame.kind {
    case .factors: other = try Self.factors(frame)
    case .file: other = try factors(ofFile: frame)
    case .basis: basis = try Self.basis(frame)
    case .start: return try start(frame)
    case .gram: return try decompose(frame)
    case .turn: return try turn(frame)
    case .solve: return try solve(frame)
    case .weights: return try weights(frame)
    case .alsStart: return try alsStart(frame)
    case .alsSolve: return try alsSolve(frame)
    case .solved, .alsSolved, .scored:
      throw .bad(.outOfOrder, "it is a response, not a request", place: frame.place)
    case .model, .part:
      throw .bad(
        .outOfOrder, "it belongs in the files of a trained model",
        place: frame.place, remedy: "Read it with latent assemble.")
    case .score:
      throw .bad(
        .outOfOrder, "it is for latent score-block",
        place: frame.place, remedy: "Send it there.")
    }
    return nil
  }

  // MARK: - Stored frames

  /// Handles `factors`: slots for rows and factors; an array of the rows.
  private static func factors(_ frame: BlockFrame) throws(BlockError) -> FactorMatrix {
    var fields = BlockFields(frame)
    let rows = try fields.rowCount(0)
    let factors = try fields.sentRows(rows, factors: try fields.factorCount(1))
    try fields.end()
    return factors
  }

  /// Handles `file`: a slot for the bytes of its path; arrays of the digest of the frame in it, and of the path.
  private func factors(ofFile frame: BlockFrame) throws(BlockError) -> FactorMatrix {
    var fields = BlockFields(frame)
    let length = try fields.count(0, "bytes of its path", in: 1...4095)
    let digest = Array(try fields.array(32, of: UInt8.self))
    let bytes = try fields.array(length, of: UInt8.self)
    try fields.end()
    guard !bytes.contains(0), let path = String(validating: bytes, as: UTF8.self) else {
      throw fields.bad("its path is not UTF-8, or contains a NUL")
    }
    let file = try BlockFrame(ofFile: path)
    guard file.kind == .factors, file.digest == digest else {
      throw .bad(
        .badChecksum, "it does not hold the announced factors: their SHA-256 differs",
        place: path, remedy: "Write the file under a new name each time.")
    }
    return try Self.factors(file)
  }

  /// Handles `basis`: a slot for factors; arrays of the eigenvalues, and of the eigenvectors, one per row.
  private static func basis(_ frame: BlockFrame) throws(BlockError) -> SymmetricEigensystem {
    var fields = BlockFields(frame)
    let order = try fields.factorCount(0)
    let values = try fields.numbers(order, "spectrum")
    let vectors = try fields.numbers(order * order, "basis")
    try fields.end()
    return SymmetricEigensystem(values: values, vectors: vectors)
  }

  // MARK: - Answered frames

  /// Handles `start`: slots for ids, factors, the seed, whether ids are text, and their bytes; an array of integers, or
  /// arrays of the ends of texts and of their bytes. Answers `solved`.
  private func start(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    var fields = BlockFields(frame)
    let (rows, factors) = (try fields.rowCount(0), try fields.factorCount(1))
    let ids = try fields.identifiers(rows, typeIn: 3, byteCountIn: 4)
    try fields.end()
    let (answer, own) = try solved(frame.tag, rows: rows, factors: factors)
    own.rows.fillStart(of: ids, seed: fields.bits(2), in: context)
    return finish(answer, own.rows, own.sums, ImplicitError())
  }

  /// Handles `gram`: a slot for factors; an array of the matrix, as wide as rows. Answers `basis`.
  private func decompose(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    var fields = BlockFields(frame)
    let order = try fields.factorCount(0)
    let width = FactorMatrix.vectorCount(order) * 16
    let gram = try fields.numbers(width * width, "Gram matrix")
    try fields.end()
    guard let basis = SymmetricEigensystem(of: gram, order: order, stride: width) else {
      throw unsolvable(frame, "the eigendecomposition of its Gram matrix failed")
    }
    let answer = try BlockFrame(
      .basis, tag: frame.tag, [BlockSlot(order)], arrays: [4 * order, 4 * order * order])
    var answered = BlockFields(answer)
    _ = try answered.array(order, of: Float.self).update(fromContentsOf: basis.values)
    _ = try answered.array(order * order, of: Float.self).update(fromContentsOf: basis.vectors)
    return answer
  }

  /// Handles `turn`: slots for rows and factors; an array of the rows. Answers `factors`.
  private func turn(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    let rows = try Self.factors(frame)
    rows.changeBasis(try basis(of: rows.factorCount, for: frame), in: context)
    guard rows.isFinite else {
      throw unsolvable(frame, "its rows can't change basis in single precision")
    }
    return frame.renamed(.factors)
  }

  /// Handles `solve`: slots for rows, factors, ratings, the number of rows of the whole other side, alpha, the
  /// regularisation, the kind of confidence, and options: 1 to measure the error, plus 2 if the current rows are sent;
  /// arrays of the lists, and of those rows. Answers `solved`.
  private func solve(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    var fields = BlockFields(frame)
    let (rows, factors) = (try fields.rowCount(0), try fields.factorCount(1))
    let other = try other(of: factors, for: frame)
    let ratings = try fields.count(2, "ratings", in: 0...BlockFrame.byteLimit / 4)
    let confidence = Confidence.allCases[
      try fields.count(6, "confidence", in: 0...Confidence.allCases.count - 1)]
    let options = try fields.count(7, "options", in: 0...3)
    let half = ImplicitHalf(
      other: other,
      otherCount: try fields.count(
        3, "the other side's rows", in: other.rowCount...BlockFields.rowLimit),
      basis: try basis(of: factors, for: frame),
      weighting: ImplicitWeighting(
        alpha: try fields.number(4, "alpha", from: 0),
        regularization: try fields.number(5, "regularization", from: 0), confidence))
    let lists = try RatingLists(
      &fields, rows: rows, ratings: ratings, others: other.rowCount,
      values: confidence == .equal ? nil : 0...Float.greatestFiniteMagnitude)
    let before = options & 2 == 0 ? nil : try fields.sentRows(rows, factors: factors)
    try fields.end()
    let (answer, own) = try solved(frame.tag, rows: rows, factors: factors)
    if let before { own.rows.update(from: before) }
    guard
      let error = half.solve(
        0..<rows, of: lists, in: own.rows, measuring: options & 1 == 1, context),
      own.rows.isFinite
    else { throw unsolvable(frame, "a row's factors can't be solved for in single precision") }
    return finish(answer, own.rows, own.sums, error)
  }

  /// Handles `weights`: slots for users, items, ratings, factors, the sum of the ratings' confidences, alpha and the
  /// regularisation. Each of the last two is NaN if it is to be derived from the others. Answers the same with both.
  private func weights(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    let fields = BlockFields(frame)
    try fields.end()
    func given(_ slot: Int, _ name: String) throws(BlockError) -> Double? {
      try Double(bitPattern: fields.bits(slot)).isNaN ? nil : fields.number(slot, name, from: 0)
    }
    let counts = [
      try fields.count(0, "users", in: 1...BlockFields.rowLimit),
      try fields.count(1, "items", in: 1...BlockFields.rowLimit),
      try fields.count(2, "ratings", in: 1...Int.max),
      try fields.factorCount(3),
    ]
    let sum = try fields.number(4, "sum of confidences", from: 0)
    let weights = ImplicitWeights(
      users: counts[0], items: counts[1], ratings: counts[2], factorCount: counts[3],
      sumOfWeights: sum, alpha: try given(5, "alpha"),
      regularization: try given(6, "regularization"))
    return try BlockFrame(
      .weights, tag: frame.tag,
      counts.map { BlockSlot($0) }
        + [BlockSlot(sum), BlockSlot(weights.alpha), BlockSlot(weights.regularization)], arrays: [])
  }

  // MARK: - Answers

  /// Returns a `solved` frame: slots for rows, factors, and the gain and squares of ``ImplicitError``; arrays of the
  /// rows and their Gram matrix. The rows are zero.
  private func solved(
    _ tag: UInt64, rows: Int, factors: Int
  ) throws(BlockError) -> (
    answer: BlockFrame, own: (rows: FactorMatrix, sums: UnsafeMutableBufferPointer<Float>)
  ) {
    let width = FactorMatrix.vectorCount(factors) * 16
    return try rowsAnswered(.solved, tag, rows: rows, numbers: factors, sums: width * width)
  }

  /// Returns an answer with `rows` rows of `numbers` numbers and `sums` sums after them, all zero.
  func rowsAnswered<Sum: BitwiseCopyable>(
    _ kind: BlockFrame.Kind, _ tag: UInt64, rows: Int, numbers: Int, sums: Int
  ) throws(BlockError) -> (
    answer: BlockFrame, own: (rows: FactorMatrix, sums: UnsafeMutableBufferPointer<Sum>)
  ) {
    let answer = try BlockFrame(
      kind, tag: tag, [BlockSlot(rows), BlockSlot(numbers)],
      arrays: [
        4 * rows * FactorMatrix.vectorCount(numbers) * 16, MemoryLayout<Sum>.stride * sums,
      ])
    var fields = BlockFields(answer)
    let own = try fields.rows(rows, factors: numbers)
    return (answer, (own, try fields.array(sums, of: Sum.self)))
  }

  private func finish(
    _ answer: BlockFrame, _ rows: FactorMatrix, _ gram: UnsafeMutableBufferPointer<Float>,
    _ error: ImplicitError
  ) -> BlockFrame {
    _ = gram.update(fromContentsOf: rows.gram(in: context))
    let slots = answer.memory.bytes
    slots.storeBytes(of: error.gain.bitPattern, toByteOffset: 16, as: UInt64.self)
    slots.storeBytes(of: error.squares.bitPattern, toByteOffset: 24, as: UInt64.self)
    return answer
  }

  private func basis(
    of factors: Int, for frame: BlockFrame
  ) throws(BlockError) -> SymmetricEigensystem {
    guard let basis else { throw outOfOrder(frame, "the basis") }
    guard basis.order == factors else {
      throw BlockFields(frame).bad("it has \(factors) factors, and the basis \(basis.order)")
    }
    return basis
  }

  /// Returns the other side. Throws unless it was sent with rows of `factors` numbers.
  func other(of factors: Int, for frame: BlockFrame) throws(BlockError) -> FactorMatrix {
    guard let other else { throw outOfOrder(frame, "the other side's factors") }
    guard other.factorCount == factors else {
      throw BlockFields(frame).bad(
        "it has \(factors) factors, and the other side \(other.factorCount)")
    }
    return other
  }

  private func outOfOrder(_ frame: BlockFrame, _ missing: String) -> BlockError {
    .bad(
      .outOfOrder, "\(missing) must be sent before it", place: frame.place)
  }

  func unsolvable(_ frame: BlockFrame, _ problem: String) -> BlockError {
    .bad(
      .unsolvable, problem, place: frame.place,
      remedy: "Try ten times the regularization, or a lower alpha.")
  }
}
