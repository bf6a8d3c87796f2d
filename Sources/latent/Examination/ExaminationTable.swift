import ArgumentParser
import Errors
import Foundation
import ImageReports
import Interpretation

/// A table of `latent images examine`. To add one, declare it and list it in ``all``.
struct ExaminationTable: Sendable {
  let name: String
  /// The description in the help.
  let summary: String
  /// Returns the table. Throws if the model's task has no such table.
  let make: @Sendable (ExaminedImages) throws -> ResultTable

  static let all = [
    classes, confusion, confused, losses, thresholds, calibration, errors, groups, outputs,
    outliers, duplicates,
  ]

  /// Finds the table called `name`. Throws if there is none.
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
    _ name: String, _ summary: String,
    make: @escaping @Sendable (ExaminedImages) throws -> ResultTable
  ) {
    self.name = name
    self.summary = summary
    self.make = make
  }

  /// Returns the default table.
  static func usual(for examined: Examination) -> ExaminationTable {
    if case .numbers = examined.truth { outputs } else { classes }
  }

  /// Returns the error that the model's task has no such table.
  private static func noTable(_ name: String, of tasks: String) -> CommandFailure {
    CommandFailure(
      "there is no table '\(name)' for this model",
      remedy: "It is for models that predict \(tasks).")
  }

  private static func noteWhatIsFitted(_ images: ExaminedImages) {
    if let words = images.examined.fittedWords { StandardError.note(words) }
  }

  static let classes = ExaminationTable(
    "classes", "precision, recall, F1 and average precision of each class or label"
  ) { images in
    guard let figures = images.examined.classFigures else {
      throw noTable("classes", of: "classes or labels")
    }
    if !images.examined.thresholds.isEmpty { noteWhatIsFitted(images) }
    var table = ResultTable([
      "class", "images", "precision", "recall", "f1",
      .init("average_precision", heading: "average precision"),
    ])
    for figure in figures {
      table.append([
        .text(figure.name), .integer(figure.counts.support),
        .number(figure.counts.precision, decimals: 4),
        .number(figure.counts.recall, decimals: 4), .number(figure.counts.f1, decimals: 4),
        figure.averagePrecision.isNaN ? .missing : .number(figure.averagePrecision, decimals: 4),
      ])
    }
    return table
  }

  static let confusion = ExaminationTable(
    "confusion",
    "how often images of each class (rows) were predicted as each (columns); for labels, the four counts of each"
  ) { images in
    let examined = images.examined
    if case .labels(let isTrue) = examined.truth {
      noteWhatIsFitted(images)
      return labelCounts(examined, isTrue)
    }
    guard case .classes(let actual) = examined.truth else {
      throw noTable("confusion", of: "classes or labels")
    }
    let matrix = examined.confusion(of: actual)
    var table = ResultTable(["actual"] + examined.outputs.map { .init($0) })
    for (row, name) in examined.outputs.enumerated() {
      table.append([.text(name)] + examined.outputs.indices.map { .integer(matrix[row, $0]) })
    }
    return table
  }

  /// Returns the four counts of each label.
  private static func labelCounts(_ examined: Examination, _ isTrue: [Bool]) -> ResultTable {
    var table = ResultTable([
      "label", "threshold", .init("true_positives", heading: "true positives"),
      .init("false_negatives", heading: "false negatives"),
      .init("false_positives", heading: "false positives"),
      .init("true_negatives", heading: "true negatives"),
    ])
    let counts = ThresholdSweep.counts(examined.predictions, isTrue, over: examined.thresholds)
    for (label, count) in counts.enumerated() {
      table.append([
        .text(examined.outputs[label]), .number(Double(examined.thresholds[label]), decimals: 3),
        .integer(count.truePositives), .integer(count.falseNegatives),
        .integer(count.falsePositives), .integer(count.trueNegatives),
      ])
    }
    return table
  }

  static let confused = ExaminationTable("confused", "the pairs of classes confused most often") {
    images in
    let examined = images.examined
    guard case .classes(let actual) = examined.truth else {
      throw noTable("confused", of: "one class")
    }
    let matrix = examined.confusion(of: actual)
    var table = ResultTable(["actual", "predicted", "images"], labelCount: 2)
    for pair in matrix.mostConfused().prefix(images.count) {
      table.append([
        .text(examined.outputs[pair.actual]), .text(examined.outputs[pair.predicted]),
        .integer(pair.count),
      ])
    }
    return table
  }

  static let losses = ExaminationTable("losses", "the images that the model is most wrong about") {
    images in
    let examined = images.examined
    let losses = examined.losses
    var table = ResultTable([
      .init("image", fit: .wrapped), "actual", "predicted", "loss", "probability",
    ])
    let order = losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }
    for image in order.prefix(images.count) {
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
    "thresholds",
    "macro F1 and accuracy of labels at each threshold, and the best threshold for each label"
  ) { images in
    let examined = images.examined
    guard case .labels(let isTrue) = examined.truth else {
      throw noTable("thresholds", of: "labels")
    }
    noteWhatIsFitted(images)
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
    "how often predictions are right, by their probability: raw, and with the model's temperature"
  ) { images in
    guard let versions = images.examined.calibrations else {
      throw noTable("calibration", of: "classes or labels")
    }
    noteWhatIsFitted(images)
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
  ) { images in
    let suspects = LabelSuspects(images.examined)
    guard !suspects.ranked.isEmpty else {
      throw noTable("errors", of: "one of several classes, labels, numbers or points")
    }
    StandardError.write("\(suspects.words)\n")
    var table = ResultTable([
      .init("image", fit: .wrapped), "label", "suggested", .init("why", fit: .wrapped), "likely",
    ])
    for suspect in suspects.ranked.prefix(images.count) {
      table.append([
        .text(images.examined.names[suspect.image]),
        .text(LabelSuspects.Suspect.words(suspect.labels)),
        .text(LabelSuspects.Suspect.words(suspect.suggested)), .text(suspect.why),
        .text(suspect.isLikely ? "yes" : "no"),
      ])
    }
    return table
  }

  static let groups = ExaminationTable(
    "groups",
    "the share of right predictions in each group (--groups, --group-by), the weakest first"
  ) { images in
    guard images.examined.groups != nil else {
      throw CommandFailure("no groups are named", remedy: "Name them with --groups.")
    }
    guard let figures = images.examined.groupFigures else {
      throw noTable("groups", of: "classes or labels")
    }
    var table = ResultTable(["group", "images", "right", "low", "high", "weak"])
    for group in figures.groups {
      table.append([
        .text(group.name), .integer(group.count), .number(group.share, decimals: 4),
        .number(group.interval.lowerBound, decimals: 4),
        .number(group.interval.upperBound, decimals: 4), .text(group.isWeak ? "yes" : "no"),
      ])
    }
    return table
  }

  static let outputs = ExaminationTable("outputs", "the errors of each number or point") {
    images in
    guard let figures = images.examined.numberFigures else {
      throw noTable("outputs", of: "numbers or points")
    }
    var table = ResultTable(["output", "rmse", "mae", "r2"])
    for figure in figures {
      table.append([
        .text(figure.name), .number(figure.rmse, decimals: 4), .number(figure.mae, decimals: 4),
        .optional(figure.r2, decimals: 4),
      ])
    }
    return table
  }

  static let outliers = ExaminationTable(
    "outliers",
    "images unlike all others by the features of the model's backbone, the farthest first"
  ) { images in
    let neighbours = try images.neighbours()
    var table = ResultTable([
      .init("image", fit: .wrapped), "label",
      .init("cosine", heading: "cosine to the \(neighbours.neighbourCount) nearest"), "beyond",
    ])
    for outlier in neighbours.outliers.prefix(images.count) {
      table.append([
        .text(images.examined.names[outlier.image]),
        .text(images.examined.actualWords(outlier.image)),
        .number(Double(outlier.cosine), decimals: 4), .text(outlier.isBeyond ? "yes" : "no"),
      ])
    }
    return table
  }

  static let duplicates = ExaminationTable(
    "duplicates",
    "pairs of images that are nearly the same by the features of the model's backbone, the closest first"
  ) { images in
    let neighbours = try images.neighbours()
    var table = ResultTable([
      .init("image", fit: .wrapped), .init("like", fit: .wrapped), "label",
      .init("label_of_like", heading: "label of like"), "cosine",
    ])
    for pair in neighbours.pairs.prefix(images.count) {
      table.append([
        .text(images.examined.names[pair.first]), .text(images.examined.names[pair.second]),
        .text(images.examined.actualWords(pair.first)),
        .text(images.examined.actualWords(pair.second)),
        .number(Double(pair.cosine), decimals: 4),
      ])
    }
    return table
  }
}
