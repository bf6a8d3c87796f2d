import Pages

/// A learning rate that is too low, a good one and one that is too high.
enum RatesPart: LessonPart {
  static let name = "rates"
  static let heading = "Learning rates that are too low or too high"
  static let teaching = """
    If the learning rate is too low, the training loss falls slowly, and the epochs end before \
    much is learned; if it is too high, each step overshoots, and the losses jump about or stop \
    falling. Both show in the losses after a few epochs.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let rates = [
      ("too low", "3e-5", "clothes-low"), ("good", "3e-3", "clothes"),
      ("too high", "3e-1", "clothes-high"),
    ]
    let tried = try rates.map { words, rate, name in
      (words: words, rate: rate, outcome: try lesson.outcome(of: lesson.clothes(name, rate: rate)))
    }
    let curves = tried.compactMap { entry -> (name: String, points: [(x: Double, y: Double)])? in
      guard case .success(let model) = entry.outcome else { return nil }
      return (
        "\(entry.rate) (\(entry.words))",
        model.epochs.enumerated().map { (Double($0 + 1), $1.validationLoss) }
      )
    }
    let rows = tried.map { entry -> [String] in
      switch entry.outcome {
      case .success(let model):
        let losses = model.epochs.map { $0.validationLoss.short }.joined(separator: ", ")
        return ["\(entry.words), \(entry.rate)", losses, model("accuracy").short]
      case .failure: return ["\(entry.words), \(entry.rate)", "diverged", "none"]
      }
    }
    let models = tried.map { try? $0.outcome.get() }
    let accuracies = models.map { $0?("accuracy") ?? -1 }
    let best = accuracies.indices.max { accuracies[$0] < accuracies[$1] } ?? 0
    func against(_ place: Int) -> String {
      guard let model = models[place], let good = models[1] else {
        return "At \(rates[place].1) the training diverged and stopped."
      }
      let difference = Difference(
        shares: (model("accuracy"), model.counts.heldOut), (good("accuracy"), good.counts.heldOut))
      return "Compared with \(rates[1].1), the accuracy at \(rates[place].1) is "
        + "\(difference.words)."
    }
    return LessonFindings(
      figures: """
        \(HTML.table(["rate", "validation loss by epoch", "accuracy"], rows, best: best))\
        \(HTML.curves("validation loss by rate", x: "epoch", y: "validation loss", curves.filter { $0.points.count > 1 }, within: 0...6))
        """,
      conclusion: """
        Of the three rates, \(rates[best].1) gives the highest \
        accuracy\(best == 1 ? ", as expected" : ", though \(rates[1].1) was expected to"). \
        \(against(0)) \(against(2))
        """)
  }
}

extension Lesson {
  /// Returns the result of a training that may diverge. Throws ``LessonFailure`` for any other failure.
  fileprivate func outcome(
    of training: LessonTraining
  ) throws -> Result<LessonModel, LessonFailure> {
    do { return .success(try train(training)) } catch let failure as LessonFailure {
      // A training that diverges suggests a learning rate to try instead.
      guard failure.description.contains("learning rate") else { throw failure }
      return .failure(failure)
    }
  }
}
