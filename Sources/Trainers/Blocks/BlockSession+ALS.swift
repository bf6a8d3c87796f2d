import Errors
import Interactions
import Ratings
import TensorCore

/// The frames of `als`. A row is a bias followed by factors.
extension BlockSession {
  /// Handles `alsStart`: slots for rows, row length, the seed, whether ids are text, their bytes, the damping and the
  /// root of the side; arrays of ids as in `start`, and their numbers of ratings. Answers `alsSolved`.
  func alsStart(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    var fields = BlockFields(frame)
    let (rows, numbers) = (try fields.rowCount(0), try fields.factorCount(1))
    let ids = try fields.identifiers(rows, typeIn: 3, byteCountIn: 4)
    let prior = ALSPrior(
      damping: try fields.number(5, "damping", from: 0), root: try fields.number(6, "root", from: 0)
    )
    let counts = Array(try fields.array(rows, of: UInt32.self))
    try fields.end()
    try fields.check(prior, of: counts.map { Int($0) })
    let (answer, own) = try alsSolved(frame.tag, rows: rows, numbers: numbers)
    own.rows.fillALSStart(of: ids, seed: fields.bits(2), in: context)
    finish(answer, own, prior, ratings: { Int(counts[$0]) })
    return answer
  }

  /// Handles `alsSolve`: slots for rows, row length, ratings, and 1 to measure the error; arrays of the regularisation,
  /// the damping and the root of the side, the mean and the deviation of all ratings; of the sums of the side's slope;
  /// and of the lists. Answers `alsSolved`.
  func alsSolve(_ frame: BlockFrame) throws(BlockError) -> BlockFrame {
    var fields = BlockFields(frame)
    let (rows, numbers) = (try fields.rowCount(0), try fields.factorCount(1))
    let other = try other(of: numbers, for: frame)
    let ratings = try fields.count(2, "ratings", in: 0...BlockFrame.byteLimit / 4)
    let isMeasured = try fields.count(3, "options", in: 0...1) == 1
    let settings = try fields.numbers(5, "settings", of: Double.self)
    guard settings[0] > 0, settings[1] >= 0, settings[2] >= 0, settings[4] >= 0 else {
      throw fields.bad(
        "its regularisation is not above 0, or its damping, root or deviation is negative: \(settings)"
      )
    }
    let prior = ALSPrior(damping: settings[1], root: settings[2])
    let sums = try fields.numbers(
      FactorMatrix.vectorCount(numbers) * 16 + 1, "slope", of: Double.self)
    let half = ALSHalf(
      other: other, scaling: RatingScaling(mean: settings[3], deviation: settings[4]),
      regularization: settings[0], prior: prior, slope: ALSPrior.slope(of: sums))
    guard half.slope.allSatisfy(\.isFinite) else { throw fields.bad("its slope is not finite") }
    let lists = try RatingLists(
      &fields, rows: rows, ratings: ratings, others: other.rowCount,
      values: -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude)
    try fields.end()
    try fields.check(prior, of: (0..<rows).map { lists.positions(of: $0).count })
    let (answer, own) = try alsSolved(frame.tag, rows: rows, numbers: numbers)
    guard
      let squares = half.solve(
        0..<rows, of: lists, in: own.rows, measuring: isMeasured, context), own.rows.isFinite
    else { throw unsolvable(frame, "a row's factors can't be solved for in single precision") }
    answer.memory.bytes.storeBytes(of: squares.bitPattern, toByteOffset: 16, as: UInt64.self)
    finish(answer, own, prior, ratings: { lists.positions(of: $0).count })
    return answer
  }

  /// Returns an `alsSolved` frame: slots for rows, row length, and the sum of squared errors of their ratings; arrays
  /// of the rows, and of their contribution to the sums of the side's slope. The arrays and the error are zero.
  private func alsSolved(
    _ tag: UInt64, rows: Int, numbers: Int
  ) throws(BlockError) -> (
    answer: BlockFrame, own: (rows: FactorMatrix, sums: UnsafeMutableBufferPointer<Double>)
  ) {
    try rowsAnswered(
      .alsSolved, tag, rows: rows, numbers: numbers,
      sums: FactorMatrix.vectorCount(numbers) * 16 + 1)
  }

  private func finish(
    _ answer: BlockFrame, _ own: (rows: FactorMatrix, sums: UnsafeMutableBufferPointer<Double>),
    _ prior: ALSPrior, ratings: @Sendable (_ row: Int) -> Int
  ) {
    _ = own.sums.update(
      fromContentsOf: prior.slopeSums(of: own.rows, ratings: ratings, in: context))
  }
}

extension BlockFields {
  /// Throws `badContents` unless every row has ratings and a finite activity.
  fileprivate func check(_ prior: ALSPrior, of ratings: [Int]) throws(BlockError) {
    guard ratings.allSatisfy({ $0 > 0 && prior.activity(ratings: $0).isFinite }) else {
      throw bad("a row has no ratings, or the root \(prior.root) does not match its side")
    }
  }
}
