import ArgumentParser
import Errors
import Foundation
import Interpretation

/// A table that `latent images examine` shows: a new one is a declaration and a line in ``all``.
struct ExaminationTable: Sendable {
  let name: String
  /// What it shows, for help.
  let summary: String
  /// Makes it. Throws where the model's task has no such table.
  let make: @Sendable (Examination) throws -> ResultTable

  static let all = [
    classes, confusion, confused, losses, thresholds, calibration, errors, groups, outputs,
  ]

  /// The one called `name`. Throws when there is none.
  init(named name: String) throws {
    guard let table = Self.all.first(where: { $0.name == name }) else {
      let near = NearestText.nearest(to: name, among: Self.all.map(\.name))
      throw ValidationError(
        "--show is one of \(Self.all.map(\.name).joined(separator: ", "))"
          + (near.map { ": did you mean \($0)?" } ?? "."))
    }
    self = table
  }

  init(
    _ name: String, _ summary: String, make: @escaping @Sendable (Examination) throws -> ResultTable
  ) {
    self.name = name
    self.summary = summary
    self.make = make
  }

  /// What is shown where none is named.
  static func usual(for examined: Examination) -> ExaminationTable {
    if case .numbers = examined.truth { outputs } else { classes }
  }

  /// The failure that a model of another task has no such table.
  private static func noTable(_ name: String, of tasks: String) -> CommandFailure {
    CommandFailure(
      "there is no table '\(name)' of this model", remedy: "It is of models that answer \(tasks).")
  }

  static let classes = ExaminationTable(
    "classes", "precision, recall, F1 and average precision of each class or label"
  ) { examined in
    let counts: [BinaryCounts]
    let isTrue: (Int, Int) -> Bool
    let width = examined.predictions.width
    switch examined.truth {
    case .classes(let actual):
      counts = examined.confusion(of: actual).perClass
      isTrue = { actual[$0] == $1 }
    case .labels(let truth):
      counts = ThresholdSweep.counts(examined.predictions, truth, over: examined.thresholds)
      isTrue = { truth[$0 * width + $1] }
    case .numbers: throw noTable("classes", of: "with classes or labels")
    }
    var table = ResultTable([
      "class", "images", "precision", "recall", "f1",
      .init("average_precision", heading: "average precision"),
    ])
    for (output, count) in counts.enumerated() {
      let precision = AveragePrecision.of(
        (0..<examined.predictions.count).map {
          (examined.predictions.values[$0 * width + output], isTrue($0, output))
        })
      table.append([
        .text(examined.outputs[output]), .integer(count.support),
        .number(count.precision, decimals: 4), .number(count.recall, decimals: 4),
        .number(count.f1, decimals: 4),
        precision.isNaN ? .missing : .number(precision, decimals: 4),
      ])
    }
    return table
  }

  static let confusion = ExaminationTable(
    "confusion", "how often images of each class (rows) were taken for each (columns)"
  ) { examined in
    guard case .classes(let actual) = examined.truth else {
      throw noTable("confusion", of: "with one class")
    }
    let matrix = examined.confusion(of: actual)
    var table = ResultTable(["actual"] + examined.outputs.map { .init($0) })
    for (row, name) in examined.outputs.enumerated() {
      table.append([.text(name)] + examined.outputs.indices.map { .integer(matrix[row, $0]) })
    }
    return table
  }

  static let confused = ExaminationTable("confused", "the pairs of classes that are most confused")
  {
    examined in
    guard case .classes(let actual) = examined.truth else {
      throw noTable("confused", of: "with one class")
    }
    let matrix = examined.confusion(of: actual)
    var table = ResultTable(["actual", "predicted", "images"], labelCount: 2)
    for pair in matrix.mostConfused().prefix(examined.count) {
      table.append([
        .text(examined.outputs[pair.actual]), .text(examined.outputs[pair.predicted]),
        .integer(pair.count),
      ])
    }
    return table
  }

  static let losses = ExaminationTable("losses", "the images that the model is most wrong about") {
    examined in
    let losses = examined.losses
    var table = ResultTable([
      .init("image", fit: .wrapped), "actual", "predicted", "loss", "probability",
    ])
    let order = losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }
    for image in order.prefix(examined.count) {
      var probability: ResultTable.Cell = .missing
      if case .classes = examined.truth {
        let own = examined.predictions.predictedClass(of: image)
        probability = .number(
          Double(examined.predictions.values[image * examined.predictions.width + own]), decimals: 4
        )
      }
      table.append([
        .text(examined.names[image]), .text(examined.actualWords(image)),
        .text(examined.predictedWords(image)), .number(losses[image], decimals: 4), probability,
      ])
    }
    return table
  }

  static let thresholds = ExaminationTable(
    "thresholds", "what labels are worth over each threshold, and the best for each label"
  ) { examined in
    guard case .labels(let isTrue) = examined.truth else {
      throw noTable("thresholds", of: "with labels")
    }
    let sweep = ThresholdSweep(examined.predictions, isTrue: isTrue)
    var table = ResultTable([
      "threshold", .init("f1_macro", heading: "macro F1"), "accuracy",
      .init("best_for", heading: "best for", fit: .wrapped),
    ])
    for point in sweep.points {
      var names = examined.outputs.indices.filter { sweep.perLabel[$0] == point.threshold }
        .map { examined.outputs[$0] }
      if sweep.best == point.threshold { names.insert("all", at: 0) }
      table.append([
        .number(Double(point.threshold), decimals: 3), .number(point.macroF1, decimals: 4),
        .number(point.accuracy, decimals: 4), names.isEmpty ? .missing : .list(names),
      ])
    }
    return table
  }

  static let calibration = ExaminationTable(
    "calibration",
    "how often predictions come true, by their probability: raw, and with the temperature kept in the model"
  ) { examined in
    guard let versions = examined.calibrations else {
      throw noTable("calibration", of: "with classes or labels")
    }
    var table = ResultTable([
      "probabilities", "temperature", "confidence", "accuracy", "predictions",
      .init("calibration_error", heading: "calibration error"),
    ])
    for version in versions {
      for bin in version.curve.bins {
        table.append([
          .text(version.name), .text(version.temperature),
          .number(bin.confidence, decimals: 4),
          .number(bin.accuracy, decimals: 4), .integer(bin.count),
          .number(version.curve.expectedCalibrationError, decimals: 4),
        ])
      }
    }
    return table
  }

  static let errors = ExaminationTable(
    "errors", "images whose labels are likely wrong (confident learning), the most suspect first"
  ) { examined in
    guard case .classes(let actual) = examined.truth, examined.outputs.count > 1 else {
      throw noTable("errors", of: "with one of several classes")
    }
    let errors = LabelErrors(examined.predictions, labels: actual)
    StandardError.write(
      "\(errors.estimatedCount) of \(actual.count) labels are likely wrong, as far as this model can tell\n"
    )
    var table = ResultTable([
      .init("image", fit: .wrapped), "label", "suggested",
      .init("label_probability", heading: "of label"),
      .init("suggested_probability", heading: "of suggested"), "likely",
    ])
    for suspect in errors.ranked.prefix(examined.count) {
      table.append([
        .text(examined.names[suspect.sample]), .text(examined.outputs[suspect.label]),
        .text(examined.outputs[suspect.suggested]),
        .number(Double(suspect.labelProbability), decimals: 4),
        .number(Double(suspect.suggestedProbability), decimals: 4),
        .text(suspect.isConfident ? "yes" : "no"),
      ])
    }
    return table
  }

  static let groups = ExaminationTable(
    "groups", "the share of right answers in each group (--group-by), the weakest first"
  ) { examined in
    guard let groups = examined.groups else {
      throw CommandFailure("no groups are named", remedy: "Name them with --group-by.")
    }
    let isRight: [Bool]
    switch examined.truth {
    case .classes(let actual): isRight = zip(actual, examined.predictedClasses).map { $0 == $1 }
    case .labels:
      isRight = examined.names.indices.map {
        examined.actualWords($0) == examined.predictedWords($0)
      }
    case .numbers: throw noTable("groups", of: "with classes or labels")
    }
    var table = ResultTable(["group", "images", "right", "low", "high", "weak"])
    for group in GroupFigures(of: groups, isRight: isRight).groups {
      table.append([
        .text(group.name), .integer(group.count), .number(group.share, decimals: 4),
        .number(group.interval.lowerBound, decimals: 4),
        .number(group.interval.upperBound, decimals: 4), .text(group.isWeak ? "yes" : "no"),
      ])
    }
    return table
  }

  static let outputs = ExaminationTable("outputs", "the errors of each number or point") {
    examined in
    guard case .numbers(let actual) = examined.truth else {
      throw noTable("outputs", of: "with numbers or points")
    }
    let width = examined.predictions.width
    let isOfPoints = width == 2 * examined.outputs.count && width > examined.outputs.count
    var table = ResultTable(["output", "rmse", "mae", "r2"])
    for output in 0..<width {
      let pairs = examined.names.indices.map {
        (
          Double(actual[$0 * width + output]),
          Double(examined.predictions.values[$0 * width + output])
        )
      }
      let count = Double(pairs.count)
      let mean = pairs.reduce(0) { $0 + $1.0 } / count
      let squares = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let variance = pairs.reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) }
      table.append([
        .text(
          isOfPoints
            ? "\(examined.outputs[output / 2])_\(output % 2 == 0 ? "x" : "y")"
            : examined.outputs[output]),
        .number((squares / count).squareRoot(), decimals: 4),
        .number(pairs.reduce(0) { $0 + abs($1.0 - $1.1) } / count, decimals: 4),
        variance > 0 ? .number(1 - squares / variance, decimals: 4) : .missing,
      ])
    }
    return table
  }
}
