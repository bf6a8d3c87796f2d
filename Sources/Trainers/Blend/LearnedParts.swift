import Errors
import Interactions
import Learning
import Ratings
import Recommenders
import TensorCore

/// The trained and opened parts of a blend, with the constants that standardise their scores.
struct LearnedParts: Sendable {
  /// One trained part.
  struct Part: Sendable {
    let kind: String
    let tables: any ModelTables
    let model: any ScoredModel
    /// The mean and standard deviation of the scores of all items for the users of a ``BlendSample``. If scores do not
    /// vary, the deviation is 1 or the magnitude of the mean, whichever is larger.
    let mean: Float
    let deviation: Float
  }

  let parts: [Part]
  let userCount: Int
  let itemCount: Int

  /// Trains `parts` on `table`, one after the other. Throws their errors, and `diverged` if scores are not finite.
  init(
    _ parts: [BlendPart], _ table: InteractionTable, _ summary: DataSummary,
    in context: TrainingContext
  ) throws(TrainingError) {
    (userCount, itemCount) = (table.userCount, table.itemCount)
    var learned: [Part] = []
    for part in parts {
      var own = context
      own.checkpoints = nil
      own.callbacks = []
      if type(of: part.trainer).capabilities.contains(.iterates), let flag = context.cancellation {
        own.callbacks = [flag]
      }
      let fitted = try part.trainer.fit(
        TrainingData(training: table, summary: summary), in: own)
      // Nothing is held out of its training data.
      guard let whole = try? table.split(by: .none),
        let model = try? fitted.opened(kind: part.kind, on: whole),
        let scale = Self.scale(of: model, in: context.compute)
      else {
        throw TrainingError(
          .diverged, "its scores are too large for single precision", place: part.kind,
          remedy: "Omit this part, or rescale the ratings.")
      }
      learned.append(
        Part(
          kind: part.kind, tables: fitted.learned, model: model, mean: scale.mean,
          deviation: scale.deviation))
    }
    self.parts = learned
  }

  /// Returns the mean and standard deviation of scores; nil if they are not finite.
  private static func scale(
    of model: any ScoredModel, in context: ComputeContext
  ) -> (mean: Float, deviation: Float)? {
    let users = BlendSample.rows(of: model.userCount)
    let sums = context.mapChunks(of: users.count, size: 16) { chunk in
      var scores = [Float](repeating: 0, count: model.itemCount)
      var (sum, squares) = (0.0, 0.0)
      for position in chunk {
        scores.withUnsafeMutableBufferPointer {
          model.writeScores(
            for: model.user(at: UserIndex(users[position])), of: 0..<model.itemCount, to: $0)
        }
        for score in scores {
          sum += Double(score)
          squares += Double(score) * Double(score)
        }
      }
      return (sum: sum, squares: squares)
    }
    let count = Double(max(users.count * model.itemCount, 1))
    let mean = sums.reduce(0) { $0 + $1.sum } / count
    let variance = sums.reduce(0) { $0 + $1.squares } / count - mean * mean
    guard mean.isFinite, variance.isFinite, Float(mean).isFinite else { return nil }
    let deviation = Float(max(variance, 0).squareRoot())
    // Variation within rounding error carries no information.
    let isTold = deviation.isNormal && Double(deviation) > 1e-6 * abs(mean)
    return (Float(mean), isTold ? deviation : max(1, Float(abs(mean))))
  }
}

/// The sample of users that a blend uses if all would take too long.
enum BlendSample {
  /// The maximum number of users.
  static let limit = 2000

  /// Returns up to ``limit`` of `count` rows, evenly spaced.
  static func rows(of count: Int) -> [Int] {
    let chosen = min(count, limit)
    return (0..<chosen).map { $0 * count / chosen }
  }
}
