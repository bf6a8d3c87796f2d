import Foundation
import Pages

/// The learning rate finder.
enum FinderPart: LessonPart {
  static let name = "finder"
  static let heading = "A learning rate to start from"
  static let teaching = """
    Train on a few batches while the learning rate rises from near zero, and watch the loss: at \
    first it hardly changes, then it falls, then it diverges. A rate within the fall is a good \
    choice. The search takes seconds, and the trained weights are discarded.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let training = lesson.clothes()
    let log = "finder.csv"
    let answer = try lesson.latent(
      ["images", "find-rate"] + (try training.dataWords(in: lesson))
        + ["--size", "\(lesson.extent.side)", "--log", log, "--format", "json"] + lesson.computing)
    let suggestions = try LessonRow.all(in: answer.output).compactMap { row in
      row.text("suggestion").flatMap { name in
        row.numbers["learning_rate"].map { (name: name, rate: $0) }
      }
    }
    let curve = try LessonTable(lesson.file(log)).rows.compactMap { row in
      row["learning_rate"].flatMap { rate in row["loss"].map { (rate: rate, loss: $0) } }
    }
    let lowest = try curve.min { $0.loss < $1.loss }.orFail("the search has no losses")
    let first = try curve.first.orFail("the search has no losses")
    let apart = curve.first { $0.rate > lowest.rate && $0.loss > 2 * lowest.loss }
    let plot = HTML.curves(
      "loss by learning rate", x: "learning rate, as a power of ten (\u{2212}3 is 0.001)",
      y: "smoothed loss", [("loss", curve.map { (log10($0.rate), $0.loss) })],
      marks: suggestions.map { ($0.name, log10($0.rate)) },
      within: 0...1.3 * max(first.loss, lowest.loss))
    let table = HTML.table(
      ["suggestion", "learning rate"], suggestions.map { [$0.name, $0.rate.short] })
    let valley = suggestions.first { $0.name == "valley" }?.rate
    return LessonFindings(
      figures: "\(plot)\(table)",
      conclusion: """
        The loss starts at \(first.loss.short) and is lowest, \(lowest.loss.short), at a rate of \
        \(lowest.rate.short)\
        \(apart.map { "; at \($0.rate.short) it exceeds twice that" } ?? "; no higher rate that was tried doubles it again"). \
        \(valley.map { "The valley, within the longest fall, is at \($0.short): `latent images train --learning-rate find` uses it." } ?? "No valley was found: train with a rate below that of the lowest loss.")
        """)
  }
}
